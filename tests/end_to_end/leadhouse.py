"""A Leadhouse with a state folder of its own: tests feed it files, land and build them, and read what came out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home import DBT_PROJECT, Home
from orchestration.landing import register
from orchestration.landing.load import LoadReport
from tests import forked_dbt

# Sorted rows; cells are text, so that no type hides a difference.
Rows = list[tuple[str | None, ...]]


@dataclass(frozen=True)
class Leadhouse:
    """One state folder and the dbt project that builds it.

    Attributes:
        root: the state folder.
        target: dbt's target folder; Leadhouses of one project may share it, in turn, and then dbt parses only once.
        project: the dbt project.
        memory_limit: what DuckDB may take.
        threads: how many models are built at a time.
    """

    root: Path
    target: Path
    project: Path = DBT_PROJECT
    memory_limit: str = "2GB"
    threads: int = 2

    @property
    def home(self) -> Home:
        """The state folder as the orchestration sees it."""
        return Home(self.root)

    def land(self) -> LoadReport:
        """Register what lies in landing."""
        return register(self.home)

    def build(self, as_of: str) -> None:
        """Load the seeds, build every model and run every data test, as of a moment (ISO 8601)."""
        self.dbt(as_of, "build", "--exclude-resource-type", "unit_test")

    def build_unchecked(self, as_of: str) -> None:
        """The same without the data tests."""
        self.dbt(as_of, "build", "--exclude-resource-type", "unit_test", "test")

    def rebuild(self, as_of: str) -> None:
        """The same without data tests and with the seeds as they were loaded before."""
        self.dbt(as_of, "run")

    def dbt(self, as_of: str, *arguments: str) -> None:
        """Run a dbt command as of a moment.

        Raises:
            AssertionError: dbt failed; carries the end of what it said.
        """
        folders = ["--project-dir", str(self.project), "--profiles-dir", str(self.project)]
        command = ["--no-use-colors", *arguments, *folders]
        code, words = forked_dbt.dbt(command, self.dbt_environment(as_of), self.project)
        assert code == 0, f"dbt {' '.join(arguments)} failed:\n{words[-5000:]}"

    def environment(self, as_of: str) -> dict[str, str]:
        """The environment of a process that works for this Leadhouse at a moment."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LEADHOUSE_", "DBT_"))}
        return inherited | {
            "LEADHOUSE_HOME": str(self.root),
            "LEADHOUSE_AS_OF": as_of,
            "LEADHOUSE_MEMORY_LIMIT": self.memory_limit,
            "LEADHOUSE_THREADS": str(self.threads),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DAGSTER_DISABLE_TELEMETRY": "yes",
        }

    def dbt_environment(self, as_of: str) -> dict[str, str]:
        """The same for dbt itself, which finds the state folder under a name that all of its target share.

        It would parse everything anew when the warehouse has another path than at the last parse.
        """
        return self.environment(as_of) | {
            "LEADHOUSE_HOME": str(self._named_like_all_of_the_target()),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.target),
        }

    def _named_like_all_of_the_target(self) -> Path:
        link = self.target.with_name(f"{self.target.name}_home")
        if not link.is_symlink() or link.readlink() != self.root:
            link.unlink(missing_ok=True)
            link.symlink_to(self.root)
        return link

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query on the warehouse; `{truth}` is the folder of the simulation's truth."""
        # views read raw files by the path that dbt knew
        self._named_like_all_of_the_target()
        with duckdb.connect(self.home.warehouse, read_only=True) as connection:
            cursor = connection.execute(sql.replace("{truth}", str(self.root / "truth")))
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def number(self, sql: str) -> float:
        """The one number of a query."""
        ((value,),) = (row.values() for row in self.query(sql))
        return float(value)

    def tables(self, schema: str) -> list[str]:
        """Names of all tables and views of a schema."""
        listed = self.query(
            f"select table_name from information_schema.tables where table_schema = '{schema}' order by table_name"
        )
        return [row["table_name"] for row in listed]

    def rows(self, relation: str, without: Sequence[str] = (), where: str = "true") -> Rows:
        """Sorted rows of a relation as text.

        Args:
            relation: such as `marts.leads`.
            without: columns to leave out, where the relation has them.
            where: an SQL condition.
        """
        columns = f"columns(lambda name: name not in ({', '.join(repr(name) for name in ('', *without))}))"
        query = f"select {columns}::varchar from {relation} where {where} order by all"
        return [tuple(row.values()) for row in self.query(query)]


def differing_rows(expected: Rows, found: Rows, most: int = 6) -> list[str]:
    """What is missing and what is too much, a few lines of it; empty when both are equal."""
    if expected == found:
        return []
    missing, surplus = list(expected), []
    remaining: dict[tuple[str | None, ...], int] = {}
    for row in missing:
        remaining[row] = remaining.get(row, 0) + 1
    for row in found:
        if remaining.get(row, 0):
            remaining[row] -= 1
        else:
            surplus.append(row)
    lost = [row for row, count in remaining.items() for _ in range(count)]
    return [f"missing: {row}" for row in lost[:most]] + [f"surplus: {row}" for row in surplus[:most]]
