"""The warehouse on Spark, through any thrift server. The thrift client is in `.venv-spark` only."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.engines.warehouse import EngineError, MissingTable

ROWS_AT_ONCE = 10_000
NOT_THERE = re.compile(r"\[(TABLE_OR_VIEW|SCHEMA)_NOT_FOUND\]")


class ThriftError(EngineError):
    """The server cannot be reached or refuses a statement; carries the statement's beginning and Spark's words."""


@dataclass(frozen=True)
class Thrift:
    """A thrift server (HiveServer2 protocol).

    Attributes:
        host, port: where it listens.
    """

    host: str
    port: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Thrift:
        """The server that LEADHOUSE_SPARK_HOST and LEADHOUSE_SPARK_PORT name, as dbt's target `spark` does.

        Raises:
            ThriftError: when the port is no number.
        """
        given = os.environ if environment is None else environment
        port = given.get("LEADHOUSE_SPARK_PORT", "10000")
        if not port.isdecimal():
            raise ThriftError(f"LEADHOUSE_SPARK_PORT is '{port}': give the port of the thrift server, such as 10000")
        return cls(given.get("LEADHOUSE_SPARK_HOST", "127.0.0.1"), int(port))

    @property
    def environment(self) -> dict[str, str]:
        """What dbt's target `spark` reads to find this server."""
        return {
            "LEADHOUSE_TARGET": "spark",
            "LEADHOUSE_SPARK_HOST": self.host,
            "LEADHOUSE_SPARK_PORT": str(self.port),
        }

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of one statement, none for one that yields nothing.

        Raises:
            ThriftError: when the server cannot be reached or refuses the statement.
        """
        with self.session() as session:
            return session.rows(statement)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session for several statements.

        Raises:
            ThriftError: when the server cannot be reached.
        """
        from pyhive import hive  # noqa: PLC0415
        from thrift.transport.TTransport import TTransportException  # noqa: PLC0415

        try:
            connection = hive.connect(host=self.host, port=self.port)
        except (TTransportException, hive.OperationalError) as error:
            raise ThriftError(f"no thrift server answers on {self.host}:{self.port}: {error}") from error
        try:
            yield Session(connection.cursor(arraysize=ROWS_AT_ONCE))
        finally:
            connection.close()


class Session:
    """Statements in one session of a thrift server; a `Warehouse`."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def quoted(self, *parts: str) -> str:
        """Parts in back quotes."""
        return ".".join("`" + part.replace("`", "``") + "`" for part in parts)

    def rows(self, query: str, parameters: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement, none for one that yields nothing. See `Warehouse`.

        Raises:
            MissingTable: when it reads what was never built.
            ThriftError: when the server refuses it.
        """
        from pyhive import exc  # noqa: PLC0415

        given = query.replace("%", "%%").replace("?", "%s") if parameters else query
        try:
            self._cursor.execute(given, list(parameters) or None, async_=False)
            return [tuple(row) for row in self._cursor.fetchall()] if self._cursor.description else []
        except exc.Error as error:
            status = getattr(error.args[0], "status", None) if error.args else None
            words = getattr(status, "errorMessage", None) or str(error)
            kind = MissingTable if NOT_THERE.search(words) else ThriftError
            raise kind(f"Spark refuses `{' '.join(query.split())[:200]}`: {words}") from error

    def write_parquet(self, relation: str, target: Path) -> None:
        """A folder, on storage that Spark's workers and this process share; it is emptied first.

        Raises:
            MissingTable: when the relation was never built.
            ThriftError: when Spark cannot read it or write the folder.
        """
        columns = [(str(name), str(kind)) for name, kind, *_ in self.rows(f"describe {relation}")]
        # an instant would come out with a zone, and readers would show it in theirs
        kept = ", ".join(
            f"cast({self.quoted(name)} as timestamp_ntz) as {self.quoted(name)}"
            if kind == "timestamp"
            else self.quoted(name)
            for name, kind in columns
        )
        shutil.rmtree(target, ignore_errors=True)
        self.rows(
            f"insert overwrite directory '{target.as_uri()}' using parquet options (compression 'zstd')"
            f" select {kept} from {relation}"
        )
        for note in (*target.glob(".*"), *target.glob("_*")):
            # checksums and marks of Spark's own
            note.unlink()
