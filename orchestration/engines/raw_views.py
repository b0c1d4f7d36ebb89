"""The raw tables on Spark: which files each is made of, and which types their columns have there."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import duckdb

from orchestration.engines.warehouse import EngineError
from orchestration.home import Home
from orchestration.landing.register import CONTRACT_LOAD
from orchestration.project import OUR_DBT, build_target, project_dir
from orchestration.raw_contract import RawTable, raw_tables

# what systems allow for one argument of a command, less a reserve
LONGEST_ARGUMENT = 100_000

SPARK_TYPES = {
    "VARCHAR": "string",
    "DOUBLE": "double",
    "FLOAT": "float",
    "BIGINT": "bigint",
    "INTEGER": "int",
    "SMALLINT": "smallint",
    "TINYINT": "tinyint",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "DATE": "date",
}


class RawTypeError(ValueError):
    """A raw file has a column of a type that has no counterpart; names file, column and type."""


def show_raw_tables(home: Home) -> None:
    """Tell Spark which raw tables there are, and which files they are made of now.

    Raises:
        EngineError: when dbt or Spark refuses; carries dbt's words.
        RawTypeError: when a raw file has a type that Spark does not know.
    """
    project, folder = project_dir(), build_target(home)
    for tables in _batches(described_raw_tables(home)):
        command: list[str | os.PathLike[str]] = [*OUR_DBT, "--quiet", "--no-use-colors"]
        command += ["run-operation", "load_raw_tables"]
        command += ["--args", json.dumps({"tables": tables}), "--project-dir", project, "--profiles-dir", project]
        command += ["--target-path", folder, "--log-path", folder]
        environment = {**os.environ, "LEADHOUSE_HOME": str(home.root), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise EngineError(f"Spark cannot be told of the raw tables:\n{done.stdout}{done.stderr}".rstrip())


def described_raw_tables(home: Home) -> list[dict[str, Any]]:
    """Every raw table as the dbt operation `load_raw_tables` wants it.

    Files of one table may differ in their columns and types. Those that agree are one part. A column has the type
    that DuckDB gives it when it reads all files together, so that both engines see the same values.

    Raises:
        RawTypeError: when a column has a type that Spark does not know.
        duckdb.Error: when a raw file is damaged.
    """
    with duckdb.connect() as database:
        return [_described(database, home, table) for table in raw_tables().values()]


def _described(database: duckdb.DuckDBPyConnection, home: Home, table: RawTable) -> dict[str, Any]:
    folder = home.raw / table.source / table.name
    if not (folder / f"load_id={CONTRACT_LOAD}").exists():
        raise FileNotFoundError(f"{folder} has no contract load: run `python -m orchestration.landing` first")
    files = f"{folder}/**/*.parquet"
    together = database.execute(f"describe select * from read_parquet('{files}', union_by_name = true)").fetchall()
    text_columns = {column.name for column in table.raw_columns if column.data_type == "varchar"}
    types = {
        # the text of a number is made here, in DuckDB's way of writing
        name: "string" if name in text_columns else _spark_type(table.full_name, name, kind)
        for name, kind, *_ in together
        if name != "load_id"
    }

    columns_of_file: dict[str, dict[str, str]] = defaultdict(dict)
    leaves = f"select file_name, name, duckdb_type from parquet_schema('{files}') where duckdb_type is not null"
    for file, name, kind in database.execute(leaves).fetchall():
        columns_of_file[file][name] = _spark_type(file, name, kind)
    alike = defaultdict(list)
    for file, columns in sorted(columns_of_file.items()):
        if CONTRACT_LOAD not in file:
            alike[tuple(sorted(columns.items()))].append(file)
    parts = [
        {"files": f"{folder}/load_id=*/{{{','.join(_name(file) for file in files)}}}", "columns": dict(columns)}
        for columns, files in alike.items()
    ]
    return {"source": table.source, "name": table.name, "columns": types, "parts": parts}


def _spark_type(place: str, column: str, kind: str) -> str:
    if kind not in SPARK_TYPES:
        raise RawTypeError(
            f"{place}: column {column} has the type {kind}, for which Spark has none: deliver it as text"
        )
    return SPARK_TYPES[kind]


def _name(file: str) -> str:
    return file.rsplit("/", 1)[-1]


def _batches(tables: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for table in tables:
        if len(json.dumps(table)) > LONGEST_ARGUMENT:
            raise EngineError(
                f"{table['source']}.{table['name']} has too many files for a view: let the loader keep it as a table"
            )
        if len(json.dumps([*batch, table])) > LONGEST_ARGUMENT:
            yield batch
            batch = []
        batch.append(table)
    yield batch
