"""Whether Spark and DuckDB built the same rows: every table of some layers, row by row, exactly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.engines.thrift import Session, Thrift

COMPARED_LAYERS = ("marts", "sync")
MOST_EXAMPLES = 5
MOST_EXAMINED = 1000

NAMES_OF_SPARK = {"string": "VARCHAR", "int": "INTEGER"}
INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


class ComparisonError(RuntimeError):
    """Two tables cannot be compared at all: one is missing, or their columns are not the same."""


@dataclass(frozen=True)
class Table:
    """A model or seed.

    Attributes:
        name: schema and name, the same on both sides.
        key: columns that tell its rows apart, by dbt's tests; empty when no test says so.
    """

    name: str
    key: tuple[str, ...]


@dataclass(frozen=True)
class TableComparison:
    """What the comparison of one table came to.

    Attributes:
        name: schema and name.
        duckdb_rows, spark_rows: how many rows each side has.
        only_duckdb, only_spark: how many of them the other side has not; equal rows count as often as they occur.
        examples: the first differences, by key and column where the table has a key.
        type_differences: columns that the two sides hold in different types.
    """

    name: str
    duckdb_rows: int
    spark_rows: int
    only_duckdb: int
    only_spark: int
    examples: tuple[str, ...]
    type_differences: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether both sides have the same rows, equally often."""
        return self.only_duckdb == self.only_spark == 0


def tables_of(manifest: Mapping[str, Any], layers: Iterable[str] = COMPARED_LAYERS) -> list[Table]:
    """The models and seeds of some schemas, with the key that dbt's tests `unique` and `unique_combination` name."""
    nodes = manifest["nodes"]
    keys: dict[str, tuple[str, ...]] = {}
    for node in nodes.values():
        test = node.get("test_metadata") or {}
        given = test.get("kwargs", {})
        if test.get("name") == "unique":
            keys[node["attached_node"]] = (given["column_name"],)
        elif test.get("name") == "unique_combination":
            keys[node["attached_node"]] = tuple(given["columns"])
    wanted = set(layers)
    return sorted(
        (
            Table(f"{node['schema']}.{node['alias']}", keys.get(name, ()))
            for name, node in nodes.items()
            if node["resource_type"] in ("model", "seed") and node["schema"] in wanted
        ),
        key=lambda table: table.name,
    )


def compare(warehouse: Path, thrift: Thrift, scratch: Path, tables: Sequence[Table]) -> list[TableComparison]:
    """Compare tables.

    Args:
        warehouse: DuckDB's file, opened read-only.
        thrift: the Spark that built the same project from the same files as of the same time.
        scratch: a folder that this process and Spark's workers share; Spark's rows pass through it as Parquet.
        tables: what to compare.

    Raises:
        ComparisonError: when a table is missing on one side or its columns differ.
        ThriftError: when Spark cannot be asked.
    """
    with thrift.session() as session, duckdb.connect() as database:
        database.execute("set TimeZone = 'UTC'")
        database.execute(f"attach '{warehouse}' as expected (read_only)")
        return [_compared(database, session, scratch, table) for table in tables]


def _compared(database: duckdb.DuckDBPyConnection, session: Session, scratch: Path, table: Table) -> TableComparison:
    expected_types = {
        str(name): str(kind) for name, kind, *_ in database.execute(f"describe expected.{table.name}").fetchall()
    }
    found_types = {str(name): _duckdb_name(str(kind)) for name, kind, *_ in session.rows(f"describe {table.name}")}
    if expected_types.keys() != found_types.keys():
        surplus = sorted(expected_types.keys() ^ found_types.keys())
        raise ComparisonError(f"{table.name}: only one side has the columns {', '.join(surplus)}")
    rows = scratch / table.name
    session.write_parquet(table.name, rows)
    common = {name: _common_type(kind, found_types[name]) for name, kind in expected_types.items()}
    columns = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in common.items())
    database.execute(f"create or replace temp view duckdb_rows as select {columns} from expected.{table.name}")
    database.execute(
        f"create or replace temp view spark_rows as select {columns} from read_parquet('{rows}/*.parquet')"
    )
    only = {
        side: f"(select * from {side}_rows except all select * from {other}_rows)"
        for side, other in (("duckdb", "spark"), ("spark", "duckdb"))
    }
    return TableComparison(
        name=table.name,
        duckdb_rows=_count(database, "duckdb_rows"),
        spark_rows=_count(database, "spark_rows"),
        only_duckdb=_count(database, only["duckdb"]),
        only_spark=_count(database, only["spark"]),
        examples=tuple(_examples(_rows(database, only["duckdb"]), _rows(database, only["spark"]), table.key)),
        type_differences=tuple(
            f"{name}: DuckDB {kind}, Spark {found_types[name]}"
            for name, kind in expected_types.items()
            if kind != found_types[name]
        ),
    )


def _duckdb_name(spark_type: str) -> str:
    return NAMES_OF_SPARK.get(spark_type, spark_type.upper())


def _common_type(one: str, other: str) -> str:
    """A type that holds the values of both exactly; text when there is none, and then only equal texts are equal."""
    if one == other:
        return one
    if one in INTEGERS and other in INTEGERS:
        return "HUGEINT"
    scales = [scale for kind in (one, other) if (scale := _scale(kind)) is not None]
    return f"DECIMAL(38,{max(scales)})" if len(scales) == 2 else "VARCHAR"


def _scale(kind: str) -> int | None:
    found = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", kind)
    return int(found[1]) if found else 0 if kind in INTEGERS else None


def _count(database: duckdb.DuckDBPyConnection, relation: str) -> int:
    counted = database.execute(f"select count(*) from {relation}").fetchone()
    return int(counted[0]) if counted else 0


def _rows(database: duckdb.DuckDBPyConnection, relation: str) -> list[dict[str, Any]]:
    cursor = database.execute(f"select * from {relation} order by all limit {MOST_EXAMINED}")
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _examples(duckdb_rows: list[dict[str, Any]], spark_rows: list[dict[str, Any]], key: tuple[str, ...]) -> list[str]:
    def place(row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(row[column] for column in key)

    there = {place(row): row for row in spark_rows} if key else {}
    said = []
    for row in duckdb_rows[:MOST_EXAMPLES]:
        other = there.get(place(row))
        if other:
            where = ", ".join(f"{column}={row[column]!r}" for column in key)
            cells = [f"{name}: DuckDB {row[name]!r}, Spark {other[name]!r}" for name in row if row[name] != other[name]]
            said.append(f"{where}: {'; '.join(cells)}")
        else:
            said.append(f"only DuckDB: {row}")
    here = {place(row) for row in duckdb_rows} if key else set()
    said += (
        [f"only Spark: {row}" for row in spark_rows if place(row) not in here][:MOST_EXAMPLES]
        if key
        else [f"only Spark: {row}" for row in spark_rows[:MOST_EXAMPLES]]
    )
    return said
