"""What staging makes of a simulated company's dirty files, and of one table in different formats."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.home import CHECKOUT, Home
from orchestration.landing import register
from tests.staging.staged import Row, Staging, rows

FIRST_LOAD = datetime(2026, 10, 2, tzinfo=UTC)
SECOND_LOAD = datetime(2026, 10, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def dirty_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("dirty"))
    size = ["--leads", "200", "--days", "30", "--seed", "3", "--quiet"]
    subprocess.run([sys.executable, "-m", "simulation", *size, "--out", str(home.root)], cwd=CHECKOUT, check=True)
    register(home, now=FIRST_LOAD)
    return home


@pytest.fixture(scope="module")
def dirty(staging: Staging, dirty_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with staging.build(dirty_home) as database:
        yield database


def test_the_simulated_dirt_reaches_every_verdict(dirty: duckdb.DuckDBPyConnection) -> None:
    (total,) = rows(
        dirty,
        "select sum(raw_rows) as raw, sum(staged_rows) as staged, sum(duplicate_rows) as duplicates,"
        " sum(quarantined_rows) as quarantined from row_accounting",
    )
    assert total["raw"] == total["staged"] + total["duplicates"] + total["quarantined"]
    assert min(total.values()) > 0


def test_raw_is_staged_and_duplicates_and_quarantined(dirty: duckdb.DuckDBPyConnection) -> None:
    assert rows(dirty, "select * from row_accounting where raw_rows > 0")
    unbalanced = "select * from row_accounting where raw_rows <> staged_rows + duplicate_rows + quarantined_rows"
    assert rows(dirty, unbalanced) == []
    counted = "select source, table_name, quarantined_rows as n from row_accounting where quarantined_rows > 0"
    listed = "select source, table_name, count(*) as n from quarantined_rows group by all"
    assert _multiset(rows(dirty, counted)) == _multiset(rows(dirty, listed))


# A quarantined row once named the line after the bad one: the person who mended it broke a sound row.
def test_quarantine_points_at_the_very_line(dirty: duckdb.DuckDBPyConnection, dirty_home: Home) -> None:
    lines: dict[str, list[str]] = {}
    checked = Counter[str]()
    for row in rows(dirty, "select * from quarantined_rows where landing_path not like '%.parquet'"):
        path = row["landing_path"]
        if path not in lines:
            lines[path] = _lines(dirty_home.landing / path)
        line = lines[path][row["row_number"] - 1]
        assert (row["raw_value"] or "").strip() in line, row
        assert (row["row_key"] or "") in line, row
        checked[row["reason"]] += 1
    assert {"not a timestamp", "too old", "in the future", "missing required value"} <= set(checked)


# A nightly export of the whole table doubled every count the next morning.
def test_loading_everything_twice_changes_nothing(staging: Staging, dirty_home: Home, tmp_path: Path) -> None:
    twice = Home(tmp_path / "twice")
    shutil.copytree(dirty_home.landing, twice.landing)
    register(twice, now=FIRST_LOAD)
    with staging.build(twice) as database:
        once = _staged(database)
    for file in [file for file in sorted(twice.landing.rglob("*")) if file.is_file()]:
        shutil.copy(file, file.with_name(f"again-{file.name}"))
    register(twice, now=SECOND_LOAD)
    with staging.build(twice) as database:
        again = _staged(database)
        second = rows(database, "select sum(raw_rows) as raw from row_accounting where load_id >= '20261003'")
    assert second[0]["raw"] > 0
    for name, content in once.items():
        assert content == again[name], name


def test_the_format_of_a_file_does_not_matter(staging: Staging, tmp_path: Path) -> None:
    query = """
        select
            'L1' as lead_id, timestamp '2026-01-01 10:00:00' as created_at,
            timestamp '2026-02-01 00:00:00.5' as updated_at,
            'Ann@Example.com' as email, 1250000.5::double as annual_revenue, 40::integer as employee_count,
            true as is_opted_out, timestamp '2026-02-02' as loaded_at
    """
    as_others_write_it = """
        select * replace (
            created_at::timestamptz as created_at, updated_at::timestamp_ns as updated_at,
            annual_revenue::decimal(18, 2) as annual_revenue, employee_count::double as employee_count,
            loaded_at::date as loaded_at
        ) from lead
    """
    copies = {
        "lead.csv": "from lead",
        "lead.jsonl": "from lead",
        "lead.parquet": "from lead",
        "others.parquet": as_others_write_it,
    }
    staged: dict[str, list[Row]] = {}
    for name, content in copies.items():
        home = Home(tmp_path / name)
        folder = home.landing / "crm" / "leads"
        folder.mkdir(parents=True)
        kind = {"csv": "csv, header", "jsonl": "json", "parquet": "parquet"}[name.split(".")[1]]
        with duckdb.connect() as connection:
            connection.execute(f"set TimeZone = 'UTC'; create table lead as {query}")
            connection.execute(f"copy ({content}) to '{folder / name}' (format {kind})")
        register(home, now=FIRST_LOAD)
        with staging.build(home, ["stg_crm__leads"]) as database:
            staged[name] = rows(database, "select * from stg_crm__leads")
    expected = staged["lead.parquet"]
    assert [row["annual_revenue"] for row in expected] == [1250000.5]
    assert [row["updated_at"] for row in expected] == [datetime(2026, 2, 1, 0, 0, 0, 500_000)]
    for name, found in staged.items():
        assert found == expected, name


def test_what_the_sync_sent_is_read_field_by_field(staging: Staging, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    outcome = {"run_id": "r1", "sent_at": "2026-10-01T10:00:00Z", "destination": "file", "object": "lead"}
    sent = [
        outcome | {"record_id": "1", "payload": json.dumps({"x_grade": "A1", "x_score": 87.5, "x_note": None})},
        outcome | {"record_id": "2", "payload": "{}"},
    ]
    file = home.landing / "sync" / "outcomes" / "r1.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text("".join(json.dumps(row | {"outcome": "accepted"}) + "\n" for row in sent), encoding="utf-8")
    register(home, now=FIRST_LOAD)
    with staging.build(home, ["stg_sync__sent_values"]) as database:
        found = rows(database, "select record_id, field, value from stg_sync__sent_values order by field")
    assert [tuple(row.values()) for row in found] == [
        ("1", "x_grade", "A1"),
        ("1", "x_note", None),
        ("1", "x_score", "87.5"),
    ]


def test_columns_that_the_contract_does_not_know_become_attributes(staging: Staging, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    file = home.landing / "crm" / "leads" / "leads.csv"
    file.parent.mkdir(parents=True)
    file.write_text(
        'lead_id,created_at,updated_at,Odd "Name",empty\n'
        "L1,2026-01-01,2026-01-01,before,\n"
        "L1,2026-01-01,2026-02-01,  after ,\n",
        encoding="utf-8",
    )
    register(home, now=FIRST_LOAD)
    with staging.build(home, ["stg_crm__lead_extra_columns"]) as database:
        found = rows(
            database, "select attribute, value, valid_from from stg_crm__lead_extra_columns order by valid_from"
        )
    assert [(row["value"], row["valid_from"]) for row in found] == [
        ("before", datetime(2026, 1, 1)),
        ("after", datetime(2026, 2, 1)),
    ]
    assert {row["attribute"] for row in found} == {'odd "name"'}


def _staged(database: duckdb.DuckDBPyConnection) -> dict[str, Counter[str]]:
    names = rows(database, "select table_name as name from duckdb_tables() where table_name like 'stg%'")
    sources = [row["name"] for row in names if not row["name"].startswith("stg_landing")]
    return {name: _multiset(rows(database, f"select * from {name}")) for name in sources}


def _multiset(found: list[Row]) -> Counter[str]:
    return Counter(str(sorted(row.items())) for row in found)


def _lines(path: Path) -> list[str]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [line.decode("utf-8", errors="backslashreplace") for line in content.split(b"\n")]
