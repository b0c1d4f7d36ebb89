"""Landing files, written whole: a temporary name first, then fsync, then the real name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from simulation.engine import Engine

COPY_OPTIONS = {
    "parquet": "format parquet, compression zstd, row_group_size 122880",
    "csv": "format csv, header true",
    "jsonl": "format json",
}


@dataclass(frozen=True)
class LandingFile:
    """A file of a raw table: where it is and what it holds."""

    landing: Path
    source: str
    table: str
    name: str
    file_format: str = ""
    columns: tuple[str, ...] = ()

    @property
    def relative(self) -> str:
        """The path under landing, as the register names it."""
        return f"{self.source}/{self.table}/{self.name}"

    @property
    def path(self) -> Path:
        """The whole path."""
        return self.landing / self.relative


def write_query(engine: Engine, query: str, path: Path, file_format: str) -> None:
    """Write the rows of a query, in its order, to `path`.

    Args:
        file_format: `parquet`, `csv` or `jsonl`.
    """
    unfinished = _unfinished(path)
    target = str(unfinished).replace("'", "''")
    engine.connection.execute(f"copy ({query}) to '{target}' ({COPY_OPTIONS[file_format]})")
    _finish(unfinished, path)


def write_bytes(content: bytes, path: Path) -> None:
    """Write bytes to `path`."""
    unfinished = _unfinished(path)
    unfinished.write_bytes(content)
    _finish(unfinished, path)


def _unfinished(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.tmp")


def _finish(unfinished: Path, path: Path) -> None:
    with unfinished.open("rb") as handle:
        os.fsync(handle.fileno())
    unfinished.replace(path)
