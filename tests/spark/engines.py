"""The same expression of the project, with its macros, on the same rows in DuckDB and in Spark."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.engines.thrift import Thrift
from orchestration.home import DBT_PROJECT
from orchestration.project import DBT
from scale_out.comparison import INTEGERS

SEPARATOR = "\n-- next query\n"

COMPARED_AS = {"HUGEINT": INTEGERS, "TIMESTAMP": ("TIMESTAMP WITH TIME ZONE",)}


@dataclass(frozen=True)
class Case:
    """Questions on rows.

    Attributes:
        columns: name and DuckDB type of each input column.
        rows: the inputs.
        probes: expressions over the columns and `row_id`, with the project's macros, by name.
    """

    columns: Mapping[str, str]
    rows: Sequence[Sequence[Any]]
    probes: Mapping[str, str]

    def query(self, relation: str) -> str:
        """All probes on a relation that holds the rows, with their texts as `raw_rows` has them, named `given`."""
        expressions = ",\n".join(f"{expression} as {name}" for name, expression in self.probes.items())
        with_texts = f"select *, {{{{ texts_of({list(self.columns)}) }}}} from {relation} as rows_given"
        return f"select row_id, {expressions} from ({with_texts}) as given"


@dataclass(frozen=True)
class Difference:
    """One row for which the engines do not agree: the inputs, and what each engine made of them."""

    probe: str
    inputs: tuple[Any, ...]
    duckdb: Any
    spark: Any


class Engines:
    """DuckDB and Spark.

    Args:
        thrift: where Spark is.
        folder: holds rows and answers; Spark's workers can reach it.
        cases: all that will be asked; dbt is started once for each engine.
    """

    def __init__(self, thrift: Thrift, folder: Path, cases: Mapping[str, Case]) -> None:
        self._thrift = thrift
        self._folder = folder
        self._cases = cases
        relations = {"duckdb": "read_parquet('{}')", "spark": "parquet.`{}`"}
        self._queries = {
            target: _compiled(
                target, thrift, {name: case.query(relation.format(self._inputs(name))) for name, case in cases.items()}
            )
            for target, relation in relations.items()
        }

    def differences(self, name: str) -> list[Difference]:
        """Where the answers of a case differ; empty when the engines agree on all its rows."""
        case = self._cases[name]
        with duckdb.connect() as database:
            database.execute("set TimeZone = 'UTC'")
            self._write(database, name, case)
            database.execute(f"create view inputs as select * from read_parquet('{self._inputs(name)}')")
            database.execute(f"create table duckdb_answers as {self._queries['duckdb'][name]}")
            database.execute(f"create view spark_answers as select * from read_parquet('{self._ask_spark(name)}')")
            kinds = {column: kind for column, kind, *_ in database.execute("describe duckdb_answers").fetchall()}
            return [
                difference
                for probe in case.probes
                for difference in _differences(database, case, probe, _comparable(kinds[probe]))
            ]

    def _inputs(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"

    def _write(self, database: duckdb.DuckDBPyConnection, name: str, case: Case) -> None:
        shape = ", ".join(f"{column} {kind}" for column, kind in case.columns.items())
        database.execute(f"create table given (row_id integer, {shape})")
        places = ", ".join("?" for _ in range(len(case.columns) + 1))
        rows = [[number, *row] for number, row in enumerate(case.rows)]
        database.executemany(f"insert into given values ({places})", rows)
        database.execute(f"copy given to '{self._inputs(name)}' (format parquet)")

    def _ask_spark(self, name: str) -> str:
        with self._thrift.session() as session:
            session.rows(f"create or replace temporary view answers as {self._queries['spark'][name]}")
            session.write_parquet("answers", self._folder / f"{name}-spark")
        return f"{self._folder}/{name}-spark/*.parquet"


def _compiled(target: str, thrift: Thrift, queries: Mapping[str, str]) -> dict[str, str]:
    """Queries with macros as dbt would send them to a target."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}
    environment |= thrift.environment | {"LEADHOUSE_TARGET": target, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    folder = DBT_PROJECT / "target" / f"probes-{target}"
    done = subprocess.run(
        [
            *(DBT, "--quiet", "--no-use-colors", "compile", "--no-introspect", "--output", "json"),
            *("--inline", SEPARATOR.join(queries.values())),
            *("--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT),
            *("--target-path", folder, "--log-path", folder),
        ],
        cwd=DBT_PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"dbt cannot compile for {target}:\n{done.stdout[-2000:]}{done.stderr[-1000:]}"
    return dict(zip(queries, json.loads(done.stdout)["compiled"].split(SEPARATOR), strict=True))


def _differences(database: duckdb.DuckDBPyConnection, case: Case, probe: str, kind: str) -> list[Difference]:
    given = ", ".join(f"inputs.{column}" for column in case.columns)
    rows = database.execute(
        f"""
        select {given}, duckdb_answers.{probe}, spark_answers.{probe}
        from inputs
        inner join duckdb_answers using (row_id)
        left join spark_answers using (row_id)
        where cast(duckdb_answers.{probe} as {kind}) is distinct from cast(spark_answers.{probe} as {kind})
        """
    ).fetchall()
    return [Difference(probe, tuple(row[:-2]), row[-2], row[-1]) for row in rows]


def _comparable(kind: str) -> str:
    return next((common for common, kinds in COMPARED_AS.items() if kind in kinds), kind)
