"""Runs the project's own compiled SQL on small tables in memory, so that a test can afford hundreds of inputs.

dbt compiles the models once. Each run then fills an in-memory DuckDB with the inputs, under the names and column types
that dbt would have given them, and builds the models in the order of their graph::

    project = CompiledProject.compile(["int_dimension_scores"], inputs={"int_leads": {}})
    tables = project.run(inputs={"int_leads": leads}, as_of=datetime(2026, 10, 1))
    tables["int_dimension_scores"]
"""

from __future__ import annotations

import atexit
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Literal

import duckdb
import pandas as pd
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"

# A time that nothing else in the project can mean: it is compiled in, and each run puts its own in its place.
_SENTINEL = datetime(1907, 3, 11, 5, 43, 21, 123456)
_INSTANT = "%Y-%m-%d %H:%M:%S.%f"
_DAY = "%Y-%m-%d"
_CATALOG = "warehouse"


@dataclass(frozen=True)
class _Table:
    """A relation of the project as the in-memory database builds it. A model has its SQL, the others columns."""

    name: str
    kind: Literal["input", "seed", "model"]
    relation: str
    schema: str
    columns: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    sql: str = ""
    content: pd.DataFrame | None = None
    remembers: bool = False


class CompiledProject:
    """Models compiled by dbt, to be run on inputs of one's own. Not for several threads at a time."""

    def __init__(self, tables: Mapping[str, _Table]) -> None:
        self._tables = dict(tables)
        self._order = list(TopologicalSorter({name: table.parents for name, table in tables.items()}).static_order())
        self._database = duckdb.connect(config={"threads": 1})
        self._database.execute(f"set TimeZone = 'UTC'; attach ':memory:' as {_CATALOG}; use {_CATALOG}")
        for schema in sorted({table.schema for table in tables.values()}):
            self._database.execute(f"create schema if not exists {_CATALOG}.{schema}")

    @classmethod
    def compile(
        cls, models: Sequence[str], *, inputs: Mapping[str, Mapping[str, str]], project: Path = PROJECT
    ) -> CompiledProject:
        """Compile the models that lie between the inputs and the models asked for, and load the seeds they read.

        Args:
            models: names of the models whose rows are wanted.
            inputs: models that the test fills itself: name to the DuckDB type of each column. Columns that the project
                declares with a ``data_type`` may be left out.
            project: folder of the dbt project.

        Raises:
            RuntimeError: dbt failed, or a model reads something that is no model, no seed and no input.
        """
        folder = _workplace(project)
        _let_go(folder)
        _dbt("parse", [], folder, project)
        tables = _tables_between(models, inputs, _nodes(folder))
        _begin_history([table for table in tables.values() if table.remembers], folder / f"{_CATALOG}.duckdb")
        to_compile = [name for name, table in tables.items() if table.kind == "model"]
        _dbt("compile", ["--indirect-selection", "empty", "--select", *to_compile], folder, project)
        compiled = _nodes(folder)
        for name in to_compile:
            tables[name] = replace(tables[name], sql=_checked(name, compiled[name]["compiled_code"]))
        to_seed = [name for name, table in tables.items() if table.kind == "seed"]
        if to_seed:
            _dbt("seed", ["--full-refresh", "--select", *to_seed], folder, project)
            tables |= _load_seeds([tables[name] for name in to_seed], folder / f"{_CATALOG}.duckdb")
        return cls(tables)

    @property
    def seeds(self) -> dict[str, pd.DataFrame]:
        """The project's own seeds that the models read: cells as DuckDB returns them, decimals exact."""
        return {name: table.content.copy() for name, table in self._tables.items() if table.content is not None}

    def run(
        self, inputs: Mapping[str, pd.DataFrame], as_of: datetime, models: Sequence[str] | None = None
    ) -> dict[str, pd.DataFrame]:
        """Build the models on these inputs at this time.

        Args:
            inputs: rows of inputs and, where they should differ from the project's own, of seeds. A column that is left
                out is null; an input that is left out is empty. For a model that remembers (incremental, appended to):
                what earlier runs said.
            as_of: the clock; without a zone it is UTC.
            models: build only what these need; all models when left out.

        Returns:
            Every model that was built, by name: cells as Python values (decimals exact, null is ``None``).

        Raises:
            KeyError: a table or a column that the models do not read.
        """
        fillable = {name for name, table in self._tables.items() if table.kind != "model" or table.remembers}
        if unknown := set(inputs) - fillable:
            raise KeyError(f"no input or seed of the compiled models: {', '.join(sorted(unknown))}")
        wanted = self._order if models is None else self._needed(models)
        built: dict[str, pd.DataFrame] = {}
        for name in self._order:
            table = self._tables[name]
            if name not in wanted:
                continue
            if table.kind != "model":
                self._fill(table, inputs.get(name, table.content))
            else:
                sql = _at(table.sql, as_of)
                if table.remembers:
                    self._fill(table, inputs.get(name))
                    self._database.execute(f"insert into {table.relation} by name {sql}")
                else:
                    self._database.execute(f"create or replace table {table.relation} as {sql}")
                built[name] = _fetch(self._database, f"select * from {table.relation}")
        return built

    def close(self) -> None:
        """Give the memory back."""
        self._database.close()

    def _needed(self, models: Sequence[str]) -> set[str]:
        needed: set[str] = set()
        waiting = list(models)
        while waiting:
            name = waiting.pop()
            if name not in self._tables:
                raise KeyError(f"{name} is not among the compiled models")
            if name not in needed:
                needed.add(name)
                waiting += self._tables[name].parents
        return needed

    def _fill(self, table: _Table, rows: pd.DataFrame | None) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in table.columns.items())
        self._database.execute(f"create or replace table {table.relation} ({columns})")
        if rows is None or rows.empty:
            return
        names = [str(name) for name in rows.columns]
        if unknown := set(names) - set(table.columns):
            raise KeyError(f"{table.name} has no column {', '.join(sorted(unknown))}")
        cells = [[_as_text(cell) for cell in rows[name]] for name in names]
        casts = [f"cast(unnest(${n}::varchar[]) as {table.columns[name]})" for n, name in enumerate(names, start=1)]
        self._database.execute(f"insert into {table.relation} ({', '.join(names)}) select {', '.join(casts)}", cells)


@cache
def _workplace(project: Path) -> Path:
    """Where dbt works for all compilations of this process: for another folder it would parse the project again."""
    folder = tempfile.TemporaryDirectory(prefix="sql_harness_")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _let_go(folder: Path) -> None:
    """Close and delete the warehouse of the compilation before."""
    _close()
    for file in folder.glob(f"{_CATALOG}.duckdb*"):
        file.unlink()


def _close() -> None:
    """dbt keeps its file open in this process, and DuckDB opens a file once."""
    manager: Any = DuckDBConnectionManager
    if manager._ENV is not None:
        manager.env().close()
    manager.close_all_connections()


def _dbt(command: str, arguments: Sequence[str], folder: Path, project: Path) -> None:
    paths = ["--project-dir", str(project), "--profiles-dir", str(project)]
    paths += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    with _environment({"LEADHOUSE_HOME": str(folder), "LEADHOUSE_AS_OF": _SENTINEL.isoformat()}):
        result = dbtRunner().invoke(["--quiet", command, *paths, *arguments])
    if not result.success:
        failed = getattr(result.result, "results", None) or []
        reasons = [str(result.exception or ""), *(f"{run.node.name}: {run.message}" for run in failed if run.message)]
        raise RuntimeError(f"dbt {command} failed: " + "\n".join(filter(None, reasons)))


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _nodes(folder: Path) -> dict[str, dict[str, Any]]:
    manifest = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")}


def _tables_between(
    models: Sequence[str], inputs: Mapping[str, Mapping[str, str]], nodes: Mapping[str, dict[str, Any]]
) -> dict[str, _Table]:
    """Walk up from the models; inputs and seeds are where it stops."""
    tables: dict[str, _Table] = {}
    waiting = list(models)
    while waiting:
        name = waiting.pop()
        if name in tables:
            continue
        if name not in nodes:
            raise RuntimeError(f"the project has no model or seed {name}")
        node = nodes[name]
        relation, schema = node["relation_name"], node["schema"]
        if name in inputs:
            declared = {column["name"]: column["data_type"] for column in node["columns"].values()}
            columns = {column: kind for column, kind in {**declared, **inputs[name]}.items() if kind}
            tables[name] = _Table(name, "input", relation, schema, columns=columns)
        elif node["resource_type"] == "seed":
            tables[name] = _Table(name, "seed", relation, schema)
        else:
            parents = [parent.split(".", 2) for parent in node["depends_on"]["nodes"]]
            if foreign := [parent[2] for parent in parents if parent[0] not in ("model", "seed")]:
                raise RuntimeError(f"{name} reads {', '.join(foreign)}: make {name} an input of the test")
            names = tuple(parent[2] for parent in parents)
            remembers = node["config"]["full_refresh"] is False
            columns = {column["name"]: column["data_type"] for column in node["columns"].values()} if remembers else {}
            tables[name] = _Table(name, "model", relation, schema, columns=columns, parents=names, remembers=remembers)
            waiting += names
    return tables


def _begin_history(tables: Sequence[_Table], warehouse: Path) -> None:
    """dbt compiles a model that remembers for its second run; its first then begins with an empty table."""
    with duckdb.connect() as database:
        database.execute(f"attach '{warehouse}' as {_CATALOG}")
        for table in tables:
            columns = ", ".join(f"{name} {kind}" for name, kind in table.columns.items())
            database.execute(f"create schema if not exists {_CATALOG}.{table.schema}")
            database.execute(f"create table {table.relation} ({columns})")


def _checked(name: str, sql: str) -> str:
    if str(_SENTINEL.year) in _at(sql, datetime(2000, 1, 1)):
        raise RuntimeError(f"{name} writes the as-of time in a form of its own: use as_of() or as_of_date()")
    return sql


def _at(sql: str, as_of: datetime) -> str:
    instant = as_of.astimezone(UTC) if as_of.tzinfo else as_of
    for form in (_INSTANT, _DAY):
        sql = sql.replace(_SENTINEL.strftime(form), instant.strftime(form))
    return sql


def _load_seeds(seeds: Sequence[_Table], warehouse: Path) -> dict[str, _Table]:
    """Types and rows as dbt has loaded them: there is no second notion of what a blank cell or a number is."""
    _close()
    loaded = {}
    with duckdb.connect() as database:
        database.execute(f"attach '{warehouse}' as {_CATALOG} (read_only)")
        for seed in seeds:
            described = database.execute(f"describe {seed.relation}").fetchall()
            columns = {str(row[0]): str(row[1]) for row in described}
            content = _fetch(database, f"select * from {seed.relation}")
            loaded[seed.name] = replace(seed, columns=columns, content=content)
    return loaded


def _fetch(database: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    cursor = database.execute(query)
    columns = [str(column[0]) for column in cursor.description or []]
    return pd.DataFrame(cursor.fetchall(), columns=columns, dtype=object)


def _as_text(cell: Any) -> str | None:
    if pd.isna(cell):
        return None
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)
