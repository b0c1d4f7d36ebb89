"""What is asked of a warehouse by those who take something out of it, whichever engine keeps it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

TARGETS = ("duckdb", "spark")


class EngineError(RuntimeError):
    """The engine cannot be reached or refuses a statement."""


class MissingTable(EngineError):  # noqa: N818
    """There is no such table or schema: nothing was built there yet."""


class Warehouse(Protocol):
    """An open warehouse that is only read. Queries are of the SQL that all engines share."""

    def quoted(self, *parts: str) -> str:
        """A name, such as schema and table, as the engine wants it in a query."""

    def rows(self, query: str, parameters: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query.

        Args:
            query: `?` stands for a parameter.
            parameters: their values, in order.

        Raises:
            MissingTable: when it reads what was never built.
            EngineError: when the engine refuses it.
        """

    def write_parquet(self, relation: str, target: Path) -> None:
        """Write a table or view as Parquet, with times as UTC without a zone.

        Args:
            relation: its name, quoted.
            target: what to write: a file, or where an engine writes from many machines a folder of files.

        Raises:
            MissingTable: when it was never built.
            EngineError: when it cannot be read or written.
        """


def target() -> str:
    """The engine that LEADHOUSE_TARGET names, as dbt's profile reads it; without it, `duckdb`.

    Raises:
        ValueError: when there is no such engine, or it is not in this environment.
    """
    name = os.environ.get("LEADHOUSE_TARGET", "").strip() or "duckdb"
    if name not in TARGETS:
        raise ValueError(f"LEADHOUSE_TARGET is {name!r}: give `duckdb` or `spark`")
    if name == "spark" and find_spec("pyhive") is None:
        raise ValueError(
            "LEADHOUSE_TARGET is 'spark', and Spark's client is not in this environment: "
            "`scripts/install spark` makes one with it, .venv-spark; run with its Python"
        )
    return name
