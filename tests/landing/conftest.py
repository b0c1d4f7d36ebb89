"""A state folder for each test, and the raw tables read as dbt reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.home import DBT_PROJECT, Home

Row = dict[str, Any]
Deliver = Callable[[str, bytes], Path]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def deliver(home: Home) -> Deliver:
    """Write a landing file, given its path below the landing folder."""

    def write(landing_path: str, content: bytes) -> Path:
        path = home.landing / landing_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def raw_rows(home: Home, source: str, table: str, columns: str = "*") -> list[Row]:
    """The rows of a raw table, through the very table function that the dbt source names."""
    file = DBT_PROJECT / "models" / "staging" / source / f"_{source}__sources.yml"
    location = yaml.safe_load(file.read_text())["sources"][0]["config"]["meta"]["external_location"]
    location = location.replace("{{ env_var('LEADHOUSE_HOME', '../var') }}", str(home.root)).replace("{name}", table)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        query = f"select {columns} from {location} order by load_id, row_file, file_row_number"
        result = connection.execute(query)
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
