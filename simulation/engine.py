"""The DuckDB connection that simulates: SQL files of `sql/`, run with the settings as variables."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import duckdb

from simulation.settings import Settings

SQL_FOLDER = Path(__file__).with_name("sql")


class Engine:
    """One in-memory DuckDB that spills to `scratch` when memory runs short."""

    def __init__(self, settings: Settings, scratch: Path, memory_limit: str | None, threads: int | None) -> None:
        """Raises duckdb.Error when `memory_limit` (such as `8GB`) or `threads` mean nothing to DuckDB."""
        self.scratch = scratch
        self.connection = duckdb.connect()
        self.set_option("temp_directory", str(scratch / "spill"))
        self.set_option("TimeZone", "UTC")
        self.set_option("enable_progress_bar", False)
        if memory_limit:
            self.set_option("memory_limit", memory_limit)
        if threads:
            self.set_option("threads", threads)
        start, end = (moment.replace(tzinfo=None) for moment in (settings.start, settings.end))
        for name, value in {
            "seed": settings.seed,
            "leads": settings.leads,
            "days": settings.days,
            "companies": settings.companies,
            "users": settings.users,
            "events_per_lead": settings.events_per_lead,
            "has_dirt": settings.has_dirt,
            "scanners": 6,
            "sample_every": max(1, settings.leads // 4000),
            "start_at": start,
            "end_at": end,
        }.items():
            self.set_variable(name, value)
        self.run("macros")

    def run(self, name: str, **placeholders: str) -> None:
        """Run `sql/<name>.sql`; `{placeholders}` are names of our own tables, never user input."""
        text = (SQL_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
        for placeholder, value in placeholders.items():
            text = text.replace("{" + placeholder + "}", value)
        self.connection.execute(text)

    def set_option(self, name: str, value: str | int | bool) -> None:
        """`set name = value`, quoted."""
        self.connection.execute(f"set {name} = " + _literal(value))

    def set_variable(self, name: str, value: object) -> None:
        """A value that SQL reads with `getvariable('name')`."""
        self.connection.execute(f"set variable {name} = $value", {"value": value})

    def row(self, query: str) -> dict[str, object]:
        """The one row of a query, by column name."""
        result = self.connection.execute(query)
        names = [column[0] for column in result.description or []]
        values = result.fetchone()
        if values is None:
            raise LookupError(f"no row from: {query}")
        return dict(zip(names, values, strict=True))

    def counts(self, relation: str, *conditions: str) -> list[int]:
        """For each condition, how many rows of a table (or of a table with a `where`) meet it."""
        selected = ", ".join(
            f"count(*) filter (where {condition}) as n{number}" for number, condition in enumerate(conditions)
        )
        return [int(str(value)) for value in self.row(f"select {selected} from {relation}").values()]

    def columns(self, relation: str) -> list[str]:
        """The names of a table's columns, in order."""
        return [name for name, *_ in self.connection.execute(f"describe select * from {relation}").fetchall()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def _literal(value: str | int | bool) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).lower()
