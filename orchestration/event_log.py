"""Dagster's event log in SQLite, with connections that stay open.

Dagster opens and closes the database for each of the two or three writes of an event, and waits for the disk every
time. A build of 200 models and checks is some 700 events: that was most of the time of a run.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

# The index, the run at hand, and a few that somebody looks at.
OPEN_DATABASES = 6


class EventLog(SqliteEventLogStorage):
    """The same databases in the same places. Name it in dagster.yaml, with the `base_dir` that Dagster would use."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._open: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> EventLog:
        """Made by Dagster from dagster.yaml."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """A transaction on one of the databases; the base class lets one thread at a time in, and so do we."""
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._open:
            options = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
            engine = create_engine(self.conn_string_for_shard(shard), poolclass=StaticPool, connect_args=options)
            event.listen(engine, "connect", _wait_for_the_disk_at_checkpoints_only)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            self._open[shard] = engine
        self._open.move_to_end(shard)
        while len(self._open) > OPEN_DATABASES:
            self._open.popitem(last=False)[1].dispose()
        return self._open[shard]

    def dispose(self) -> None:
        """Close all databases."""
        with self._db_lock:
            while self._open:
                self._open.popitem()[1].dispose()
        super().dispose()


def _wait_for_the_disk_at_checkpoints_only(connection: Any, record: Any) -> None:
    """With a write-ahead log a power cut can then cost the last moments of a history, never the database."""
    connection.execute("pragma synchronous = normal")
