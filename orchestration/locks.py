"""One at a time: who may write the warehouse, who may send. A killed holder frees its lock."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.engines.duckdb_file import DuckDBWarehouse
from orchestration.engines.thrift import Thrift
from orchestration.engines.warehouse import Warehouse, target
from orchestration.home import Home

WAIT_SECONDS = 3600.0
POLL_SECONDS = 0.2

Say = Callable[[str], None]


class Busy(RuntimeError):  # noqa: N818
    """Somebody else held the lock for longer than we wait."""


def say_to_stdout(message: str) -> None:
    """Print at once, also into a pipe."""
    print(message, flush=True)


@contextmanager
def exclusive(
    path: Path,
    purpose: str,
    wait_seconds: float = WAIT_SECONDS,
    say: Say = say_to_stdout,
    others_first: Callable[[], bool] = lambda: False,
) -> Iterator[None]:
    """Hold a lock file while the block runs.

    Args:
        path: the lock file; it is made when missing and stays.
        purpose: what we do meanwhile, shown to those who wait.
        wait_seconds: how long to wait for another holder.
        say: told once when there is somebody to wait for.
        others_first: whether others should have it before us although it is free; asked again and again.

    Raises:
        Busy: when the other holder did not finish in time; names it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, path, wait_seconds, say, others_first)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{purpose}, process {os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether somebody holds a lock file just now."""
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _acquire(descriptor: int, path: Path, wait_seconds: float, say: Say, others_first: Callable[[], bool]) -> None:
    give_up = time.monotonic() + wait_seconds
    told = False
    while True:
        if others_first():
            holder = "others that go first"
        elif _is_locked_now(descriptor):
            return
        else:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "another process"
        if time.monotonic() >= give_up:
            raise Busy(
                f"{path.name} is held by {holder} for more than {wait_seconds:.0f} s; "
                "wait for it to end or stop it, then start again"
            )
        if not told:
            say(f"waiting for {holder} ({path.name})")
            told = True
        time.sleep(POLL_SECONDS)


def _is_locked_now(descriptor: int) -> bool:
    """Whether the lock is ours now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def warehouse_writer(home: Home, purpose: str, say: Say = say_to_stdout) -> Iterator[None]:
    """Be the only one who writes the warehouse; also against a dbt that was started by hand, or outlived its parent.

    Raises:
        Busy: when another writer does not end in time.
    """
    with exclusive(home.root / "warehouse.lock", purpose, say=say):
        if target() == "duckdb":
            _connect(home.warehouse, read_only=False, say=say).close()
        yield


@contextmanager
def warehouse_reader(
    home: Home, purpose: str, say: Say = say_to_stdout, wait_seconds: float = WAIT_SECONDS
) -> Iterator[Warehouse]:
    """The warehouse while nobody writes it, until the end of the block.

    Raises:
        FileNotFoundError: when there is no warehouse yet; says how to build it.
        EngineError: when the Spark that keeps it does not answer.
        Busy: when a writer does not end in time.
    """
    with exclusive(home.root / "warehouse.lock", purpose, wait_seconds, say):
        if target() == "spark":
            with Thrift.from_environment().session() as session:
                yield session
            return
        if not home.warehouse.exists():
            raise FileNotFoundError(
                f"there is no warehouse at {home.warehouse}: build it with `python -m orchestration.run`"
            )
        with _connect(home.warehouse, read_only=True, say=say, wait_seconds=wait_seconds) as connection:
            yield DuckDBWarehouse(connection)


def _connect(path: Path, *, read_only: bool, say: Say, wait_seconds: float = WAIT_SECONDS) -> duckdb.DuckDBPyConnection:
    """Attach the file to a connection in memory. Who knows nothing of our lock holds DuckDB's: wait for that too."""
    give_up = time.monotonic() + wait_seconds
    told = False
    quoted = str(path).replace("'", "''")
    while True:
        connection = duckdb.connect()
        try:
            connection.execute(f"attach '{quoted}' as warehouse ({'read_only' if read_only else 'read_write'})")
            connection.execute("use warehouse; set enable_progress_bar = false")
            return connection
        except duckdb.IOException as problem:
            connection.close()
            if "lock" not in str(problem).lower():
                raise
            if time.monotonic() >= give_up:
                raise Busy(f"{path.name} stays open in another process; close it there, then start again") from problem
            if not told:
                say(f"waiting for {path.name}, which another process has open")
                told = True
            time.sleep(POLL_SECONDS)
