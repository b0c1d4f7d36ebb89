"""The register of landing files: what earlier loads said of each file, and the record of a new load."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import duckdb

from orchestration.files import put_in_place, sync_file, sync_folder
from orchestration.home import Home
from orchestration.landing.arrivals import Arrival
from orchestration.landing.verdicts import Status
from orchestration.raw_contract import RawTable

CONTRACT_LOAD = "00000000T000000000000Z"
_REGISTER = "register.parquet"


@dataclass(frozen=True)
class RegisteredFile:
    """One row of the register: a state of a landing file, and what became of it. Times are UTC without zone."""

    file_id: str
    landing_path: str
    source: str
    table_name: str
    format: str
    status: Status
    reason: str | None
    column_name: str | None
    bytes: int
    modified_at: datetime
    row_count: int | None
    rejected_count: int | None
    raw_path: str | None
    registered_at: datetime


@dataclass
class History:
    """What the register knows of one landing path."""

    states: set[tuple[int, datetime]] = field(default_factory=set)
    accepted_as: str | None = None

    def file_id(self, landing_path: str) -> str:
        """The id of the path's next state: the same on every machine, whatever the clock says."""
        return sha256(f"{landing_path}\n{len(self.states)}".encode()).hexdigest()[:16]


def committed_loads(home: Home) -> set[str]:
    """The ids of the loads whose register was written."""
    return {file.parent.name.removeprefix("load_id=") for file in _folder(home).glob(f"load_id=*/{_REGISTER}")}


def histories(home: Home, connection: duckdb.DuckDBPyConnection) -> dict[str, History]:
    """What is known of every landing path that was ever registered."""
    files = sorted(str(file) for file in _folder(home).glob(f"load_id=*/{_REGISTER}"))
    known: dict[str, History] = {}
    if not files:
        return known
    query = """
        select landing_path, bytes, modified_at, status, raw_path
        from read_parquet($files, union_by_name = true, hive_partitioning = false)
        order by registered_at
    """
    for landing_path, size, modified_at, status, raw_path in connection.execute(query, {"files": files}).fetchall():
        history = known.setdefault(landing_path, History())
        history.states.add((size, modified_at))
        if status == "accepted":
            history.accepted_as = raw_path
    return known


def is_new(arrival: Arrival, known: Mapping[str, History]) -> bool:
    """Whether this state of the file was never registered."""
    history = known.get(arrival.landing_path)
    return history is None or arrival.state not in history.states


def remove_unfinished_loads(home: Home, tables: Iterable[RawTable]) -> list[str]:
    """Remove the files of loads that were killed before their register was written.

    Returns:
        The ids of those loads.
    """
    finished = committed_loads(home) | {CONTRACT_LOAD}
    removed: set[str] = set()
    for table in tables:
        for folder in (home.raw / table.source / table.name).glob("load_id=*"):
            load_id = folder.name.removeprefix("load_id=")
            if load_id not in finished:
                shutil.rmtree(folder)
                removed.add(load_id)
    return sorted(removed)


def write_register(
    connection: duckdb.DuckDBPyConnection, table: RawTable, files: Iterable[RegisteredFile], output: Path
) -> None:
    """Write the register of one load, with the columns and types of its contract."""
    columns = [(column.name, column.data_type) for column in table.columns]
    connection.execute(f"create temp table register ({', '.join(f'{name} {kind}' for name, kind in columns)})")
    connection.executemany(
        f"insert into register values ({', '.join('?' for _ in columns)})",
        [[getattr(file, name) for name, _ in columns] for file in files],
    )
    connection.execute("copy register to $output (format parquet)", {"output": str(output)})


def commit(home: Home, load_id: str, register: Path, outputs: Mapping[Path, Path]) -> None:
    """Put the finished files of a load in place, and last its register, which makes the load count.

    Args:
        outputs: finished file to its place under the raw folder.
    """
    for finished, place in {**outputs, register: _folder(home) / f"load_id={load_id}" / _REGISTER}.items():
        sync_file(finished)
        place.parent.mkdir(parents=True, exist_ok=True)
        put_in_place(finished, place)
        sync_folder(place.parent.parent)


def _folder(home: Home) -> Path:
    return home.raw / "landing" / "files"
