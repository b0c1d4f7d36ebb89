"""The warehouse as DuckDB's file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from orchestration.engines.warehouse import EngineError, MissingTable


class DuckDBWarehouse:
    """The warehouse through a connection to its file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def quoted(self, *parts: str) -> str:
        """Parts in double quotes."""
        return ".".join('"' + part.replace('"', '""') + '"' for part in parts)

    def rows(self, query: str, parameters: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        """See `Warehouse`."""
        with _plain_errors():
            return self._connection.execute(query, list(parameters)).fetchall()

    def write_parquet(self, relation: str, target: Path) -> None:
        """One file."""
        path = str(target).replace("'", "''")
        with _plain_errors():
            self._connection.execute(f"copy (from {relation}) to '{path}' (format parquet, compression zstd)")


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except duckdb.CatalogException as error:
        raise MissingTable(str(error)) from error
    except duckdb.Error as error:
        raise EngineError(str(error)) from error
