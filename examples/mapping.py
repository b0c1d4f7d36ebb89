"""Mapping SQL to landing files: one `<source>.<table>.sql` for each raw table, run by DuckDB beside shared views."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.files import put_in_place, sync_file

VIEWS = "_views.sql"


class MappingError(RuntimeError):
    """A mapping cannot be run; says which file and why."""


def open_source(example_folder: Path, data: Path, as_of: str) -> duckdb.DuckDBPyConnection:
    """A connection that knows the example's views, and `data` and `as_of` as variables.

    Args:
        example_folder: the folder with `mapping/`.
        data: the folder of the third-party files.
        as_of: the as-of time, ISO 8601.

    Raises:
        MappingError: when the views cannot be made, for instance because a column is missing.
    """
    connection = duckdb.connect()
    connection.execute("set variable data = $data", {"data": str(data)})
    connection.execute(
        "set variable as_of = $as_of", {"as_of": datetime.fromisoformat(as_of).astimezone(UTC).replace(tzinfo=None)}
    )
    views = example_folder / "mapping" / VIEWS
    try:
        connection.execute(views.read_text())
    except duckdb.Error as problem:
        connection.close()
        raise MappingError(f"{views.name} does not fit the files in {data}: {_first_line(problem)}") from problem
    return connection


def write_landing(connection: duckdb.DuckDBPyConnection, example_folder: Path, landing: Path) -> dict[str, int]:
    """Run every mapping and write `landing/<source>/<table>/<example>.parquet`, each whole or not at all.

    Returns:
        Rows written by raw table, such as `{"crm.leads": 9240}`.

    Raises:
        MappingError: names the mapping file that failed.
    """
    written: dict[str, int] = {}
    for mapping in sorted((example_folder / "mapping").glob("*.sql")):
        if mapping.name == VIEWS:
            continue
        source, table = mapping.stem.split(".")
        target = landing / source / table / f"{example_folder.name}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".{target.name}.part")
        try:
            connection.sql(mapping.read_text()).write_parquet(str(unfinished))
        except duckdb.Error as problem:
            unfinished.unlink(missing_ok=True)
            raise MappingError(f"{mapping.name}: {_first_line(problem)}") from problem
        sync_file(unfinished)
        put_in_place(unfinished, target)
        written[mapping.stem] = _count_rows(connection, target)
    return written


def read_outcomes(connection: duckdb.DuckDBPyConnection, example_folder: Path) -> pd.DataFrame:
    """What became of the leads, for the report only: it never goes to landing.

    Returns:
        Columns lead_id, leads_group, converted; a lead may be in several groups.

    Raises:
        MappingError: when `evaluation.sql` does not fit the files.
    """
    try:
        outcomes: pd.DataFrame = connection.sql((example_folder / "evaluation.sql").read_text()).df()
    except duckdb.Error as problem:
        raise MappingError(f"evaluation.sql: {_first_line(problem)}") from problem
    return outcomes


def _count_rows(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    [[count]] = connection.execute("select count(*) from read_parquet($file)", {"file": str(file)}).fetchall()
    return int(count)


def _first_line(problem: duckdb.Error) -> str:
    return str(problem).partition("\n")[0]
