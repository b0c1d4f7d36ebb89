"""Runs the project's own staging SQL on the raw tables of any state folder, compiled by dbt once."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
from dbt.cli.main import dbtRunner

from orchestration.home import DBT_PROJECT, Home

Row = dict[str, Any]
_CATALOG = "warehouse"
_ROW_LIMITS = DBT_PROJECT / "seeds" / "reference" / "row_limits.csv"


@dataclass(frozen=True)
class _Model:
    relation: str
    sql: str
    parents: tuple[str, ...]


class Staging:
    """The compiled models of staging and of the quality marts."""

    def __init__(self, models: Mapping[str, _Model], compiled_home: Path) -> None:
        self._models = models
        self._compiled_home = compiled_home

    @classmethod
    def compile(cls, folder: Path) -> Staging:
        """Let dbt compile the models.

        Args:
            folder: an empty folder for what dbt writes.

        Raises:
            RuntimeError: dbt failed; the message is dbt's.
        """
        home = folder / "home_of_the_compiled_models"
        home.mkdir()
        paths = ["--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT]
        paths += ["--target-path", folder / "target", "--log-path", folder / "logs"]
        with mock.patch.dict(os.environ, LEADHOUSE_HOME=str(home)):
            arguments = ["--quiet", "compile", "--select", "staging", "marts.quality", *map(str, paths)]
            result = dbtRunner().invoke(arguments)
        if not result.success:
            raise RuntimeError(f"dbt compile failed: {result.exception or result.result}")
        nodes = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
        models = {
            node["name"]: _Model(
                node["relation_name"],
                node["compiled_code"],
                tuple(parent.split(".")[2] for parent in node["depends_on"]["nodes"] if parent.startswith("model.")),
            )
            for node in nodes.values()
            if node["resource_type"] == "model" and node.get("compiled_code")
        }
        return cls(models, home)

    def build(self, home: Home, wanted: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
        """Build the models on the raw tables of a state folder, in memory.

        Args:
            home: a state folder that landing has filled.
            wanted: build these and what they need; everything when left out.

        Returns:
            The database, whose models stand under their own names; the caller closes it.
        """
        database = duckdb.connect(config={"threads": 2})
        database.execute(f"set TimeZone = 'UTC'; attach ':memory:' as {_CATALOG}; use {_CATALOG}")
        for schema in ("seeds", "staging", "marts"):
            database.execute(f"create schema {schema}")
        database.execute(f"create table seeds.row_limits as from read_csv('{_ROW_LIMITS}')")
        for name in self._in_order(wanted or list(self._models)):
            model = self._models[name]
            sql = model.sql.replace(str(self._compiled_home), str(home.root))
            database.execute(f"create table {model.relation} as {sql}")
        database.execute("set search_path = 'warehouse.marts,warehouse.staging'")
        return database

    def _in_order(self, wanted: Sequence[str]) -> list[str]:
        needed: dict[str, tuple[str, ...]] = {}
        waiting = list(wanted)
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed[name] = self._models[name].parents
                waiting += needed[name]
        return list(TopologicalSorter(needed).static_order())


def rows(database: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    """The rows of a query, column name to value."""
    cursor = database.execute(query)
    names = [str(column[0]) for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
