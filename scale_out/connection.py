"""SQL to a Spark thrift server, whichever one it is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


class ThriftError(RuntimeError):
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
        from pyhive import hive  # noqa: PLC0415  (only in .venv-spark)
        from thrift.transport.TTransport import TTransportException  # noqa: PLC0415

        try:
            connection = hive.connect(host=self.host, port=self.port)
        except (TTransportException, hive.OperationalError) as error:
            raise ThriftError(f"no thrift server answers on {self.host}:{self.port}: {error}") from error
        try:
            yield Session(connection.cursor())
        finally:
            connection.close()


class Session:
    """Statements in one session of a thrift server."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of one statement, none for one that yields nothing.

        Raises:
            ThriftError: when the server refuses it.
        """
        from pyhive import exc  # noqa: PLC0415

        try:
            self._cursor.execute(statement, async_=False)
            return [tuple(row) for row in self._cursor.fetchall()] if self._cursor.description else []
        except exc.Error as error:
            status = getattr(error.args[0], "status", None) if error.args else None
            words = getattr(status, "errorMessage", None) or str(error)
            raise ThriftError(f"Spark refuses `{' '.join(statement.split())[:200]}`: {words}") from error
