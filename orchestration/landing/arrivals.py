"""Finds what lies in the landing folder: files to read, and what cannot be one."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FORMATS = {".parquet": "parquet", ".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_READABLE = "Parquet, CSV, TSV or JSON Lines (text also as .gz)"


@dataclass(frozen=True)
class Arrival:
    """A landing file as it was when it was found.

    Attributes:
        landing_path: its path below the landing folder.
        format: one of the values of `FORMATS`.
        bytes: its size.
        modified_at: its time of change, UTC without zone.
        is_plain_file: false for links, pipes and devices, which are never opened.
    """

    path: Path
    landing_path: str
    source: str
    table: str
    format: str
    bytes: int
    modified_at: datetime
    is_plain_file: bool

    @property
    def state(self) -> tuple[int, datetime]:
        """What tells one state of the file from another."""
        return self.bytes, self.modified_at


@dataclass(frozen=True)
class Unread:
    """Something in the landing folder that cannot belong to a raw table now, and what to do about it."""

    landing_path: str
    reason: str


def find(landing: Path, tables: Collection[tuple[str, str]]) -> tuple[list[Arrival], list[Unread]]:
    """All finished files below `landing`, in the order of their paths, and what cannot be read.

    Args:
        landing: the landing folder; it may be missing.
        tables: the (source, table) pairs that files may arrive for.
    """
    arrivals: list[Arrival] = []
    unread: list[Unread] = []
    for entry in _entries(landing):
        path = Path(entry.path)
        found = _judge(entry, path.relative_to(landing), tables)
        if isinstance(found, Arrival):
            arrivals.append(found)
        elif found is not None:
            unread.append(found)
    return arrivals, unread


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Everything below a folder that is no folder and not still being written."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.name.startswith((".", "_")) or entry.name.lower().endswith((".tmp", ".part")):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(Path(entry.path))
        else:
            yield entry


def _judge(entry: os.DirEntry[str], relative: Path, tables: Collection[tuple[str, str]]) -> Arrival | Unread | None:
    name = str(relative)
    if not _is_utf8(name):
        return Unread(os.fsencode(name).decode("utf-8", "backslashreplace"), "its name is not UTF-8; rename it")
    suffix = relative.with_suffix("").suffix if relative.suffix.lower() == ".gz" else relative.suffix
    file_format = FORMATS.get(suffix.lower())
    if len(relative.parts) < 3:
        return Unread(name, "it lies outside of <source>/<table>/; move it into the folder of its table")
    source, table = relative.parts[:2]
    if (source, table) not in tables:
        known = ", ".join(sorted(f"{known_source}/{known_table}" for known_source, known_table in tables))
        return Unread(name, f"no raw table takes {source}/{table}; the folders are {known}")
    if file_format is None or (file_format == "parquet" and relative.suffix.lower() == ".gz"):
        return Unread(name, f"its name says no format that can be read; deliver {_READABLE}")
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    # Nanoseconds do not fit the register's timestamps, and whole microseconds compare exactly.
    modified_at = datetime.fromtimestamp(status.st_mtime_ns // 1_000_000_000, UTC).replace(
        microsecond=status.st_mtime_ns // 1000 % 1_000_000, tzinfo=None
    )
    is_plain_file = stat.S_ISREG(status.st_mode)
    return Arrival(Path(entry.path), name, source, table, file_format, status.st_size, modified_at, is_plain_file)


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
