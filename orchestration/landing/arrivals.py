"""Finds what lies in the landing folder: files to read, and what cannot be one."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    strangers: Counter[str] = Counter()
    for entry in _entries(landing):
        relative = Path(entry.path).relative_to(landing)
        if len(relative.parts) > 2 and relative.parts[:2] not in tables:
            strangers["/".join(relative.parts[:2])] += 1
            continue
        found = _judge(entry, relative)
        if isinstance(found, Arrival):
            arrivals.append(found)
        elif found is not None:
            unread.append(found)
    known = ", ".join(sorted("/".join(table) for table in tables))
    for folder, files in sorted(strangers.items()):
        reason = f"no raw table takes this folder (files in it: {files:,}); the folders are {known}"
        unread.append(Unread(_shown(folder), reason))
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


def _judge(entry: os.DirEntry[str], relative: Path) -> Arrival | Unread | None:
    name = str(relative)
    if _shown(name) != name:
        return Unread(_shown(name), "its name is not UTF-8; rename it")
    if len(relative.parts) < 3:
        return Unread(name, "it lies outside of <source>/<table>/; move it into the folder of its table")
    is_packed = relative.suffix.lower() == ".gz"
    file_format = FORMATS.get((relative.with_suffix("") if is_packed else relative).suffix.lower())
    if file_format is None or (file_format == "parquet" and is_packed):
        kind = (
            "it is a link, which is never followed"
            if entry.is_symlink()
            else "its name says no format that can be read"
        )
        return Unread(name, f"{kind}; deliver {_READABLE}")
    try:
        status = entry.stat(follow_symlinks=False)
        size, modified_at = state_of(status)
    except FileNotFoundError:
        return None
    except OverflowError:
        return Unread(name, "its time of change is outside of the calendar; touch it")
    return Arrival(
        path=Path(entry.path),
        landing_path=name,
        source=relative.parts[0],
        table=relative.parts[1],
        format=file_format,
        bytes=size,
        modified_at=modified_at,
        is_plain_file=stat.S_ISREG(status.st_mode),
    )


def state_of(status: os.stat_result) -> tuple[int, datetime]:
    """Size and time of change; whole microseconds, as the register keeps them, so that they compare exactly."""
    return status.st_size, datetime(1970, 1, 1) + timedelta(microseconds=status.st_mtime_ns // 1000)


def _shown(name: str) -> str:
    """A name as UTF-8 can hold it."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
