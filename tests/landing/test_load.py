"""Loads: what is registered, when, and what running again changes."""

from __future__ import annotations

import json
import random
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.home import Home
from orchestration.landing import Progress, register
from orchestration.landing.__main__ import main
from orchestration.raw_contract import ContractError, raw_tables
from tests.landing.conftest import Deliver, Row, raw_rows

HEADER = b"lead_id,created_at,email\n"
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def files_below(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its inode and content."""
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def without_load(rows: list[Row]) -> list[str]:
    """Rows without what names the load, in an order of their own."""
    of_load = {"load_id", "registered_at", "row_file", "file_row_number", "modified_at", "raw_path"}
    return sorted(json.dumps({k: v for k, v in row.items() if k not in of_load}, default=str) for row in rows)


def test_an_empty_landing_gives_every_raw_table_with_all_its_columns(home: Home) -> None:
    report = register(home)
    assert (report.load_id, report.files, report.unread) == (None, (), ())
    with duckdb.connect() as connection:
        for (source, table), contract in raw_tables().items():
            assert raw_rows(home, source, table) == []
            file = home.raw / source / table / "load_id=00000000T000000000000Z" / "contract.parquet"
            described = connection.execute(
                f"describe from read_parquet('{file}', hive_partitioning = false)"
            ).fetchall()
            expected = [(column.name, column.data_type.upper()) for column in contract.columns]
            expected.append(("source_row_number", "BIGINT"))
            if (source, table) == ("crm", "leads"):
                expected.append(("extra_columns", "VARCHAR"))
            assert [row[:2] for row in described] == expected


def test_the_register_says_what_became_of_each_file(home: Home, deliver: Deliver) -> None:
    path = deliver("crm/leads/2026/a.csv", HEADER + b"1,2026,a\n2,2026\n")
    report = register(home, NOON)
    assert report.load_id == "20261001T120000000000Z"
    (row,) = raw_rows(home, "landing", "files")
    (file,) = report.files
    assert row["load_id"] == report.load_id
    assert row["registered_at"] == datetime(2026, 10, 1, 12)
    assert (row["landing_path"], row["source"], row["table_name"]) == ("crm/leads/2026/a.csv", "crm", "leads")
    assert (row["format"], row["status"], row["reason"], row["column_name"]) == ("csv", "accepted", None, None)
    assert (row["bytes"], row["row_count"], row["rejected_count"]) == (path.stat().st_size, 1, 1)
    assert row["raw_path"] == file.raw_path == f"raw/crm/leads/load_id={report.load_id}/{file.file_id}.cells.parquet"
    (lead,) = raw_rows(home, "crm", "leads")
    assert Path(lead["row_file"]) == home.root / row["raw_path"]
    assert [table.rows for table in report.tables()] == [1]


def test_loading_twice_changes_nothing(home: Home, deliver: Deliver) -> None:
    deliver("crm/leads/a.csv", HEADER + b"1,2026,a\n2,2026\n")
    deliver("crm/leads/b.csv", b"nothing\n")
    deliver("crm/leads/c.csv", b"")
    assert len(register(home).files) == 3
    before = files_below(home.root)
    report = register(home)
    assert (report.load_id, report.files) == (None, ())
    assert files_below(home.root) == before


def test_new_files_are_a_load_of_their_own(home: Home, deliver: Deliver) -> None:
    deliver("crm/leads/a.csv", HEADER + b"1,2026,a\n")
    register(home, NOON)
    deliver("crm/leads/b.csv", HEADER + b"2,2026,b\n")
    # The clock was set back: loads stay in order all the same.
    report = register(home, datetime(2026, 9, 1, tzinfo=UTC))
    assert report.load_id == "20261001T120000000001Z"
    assert [(row["load_id"][-4:], row["lead_id"]) for row in raw_rows(home, "crm", "leads")] == [
        ("000Z", "1"),
        ("001Z", "2"),
    ]


def test_the_order_of_files_and_loads_does_not_matter(tmp_path: Path) -> None:
    contents = {
        f"crm/leads/{at}.csv": HEADER + b"".join(b"%d,2026,%d\n" % (at, row) for row in range(at)) + b"bad\n"
        for at in range(8)
    }
    contents["crm/leads/empty.csv"] = b""
    results = []
    for attempt in range(3):
        home = Home(tmp_path / str(attempt))
        names = list(contents)
        random.Random(attempt).shuffle(names)
        for at, name in enumerate(names):
            path = home.landing / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents[name])
            if attempt and at % 3 == 0:
                register(home)
        register(home)
        tables = [("crm", "leads"), ("landing", "files"), ("landing", "rejected_rows")]
        results.append([without_load(raw_rows(home, *table)) for table in tables])
    assert results[0] == results[1] == results[2]
    assert len(results[0][0]) == sum(range(8))


@pytest.mark.parametrize("content", [b"", b"email\na\n"])
def test_a_file_that_was_not_accepted_is_read_again_when_it_changes(
    home: Home, deliver: Deliver, content: bytes
) -> None:
    deliver("crm/leads/a.csv", content)
    first = register(home).files[0]
    assert register(home).files == ()
    deliver("crm/leads/a.csv", HEADER + b"1,2026,a\n")
    second = register(home).files[0]
    assert (first.status == "accepted", second.status) == (False, "accepted")
    assert first.file_id != second.file_id
    assert len(raw_rows(home, "landing", "files")) == 2
    assert [row["lead_id"] for row in raw_rows(home, "crm", "leads")] == ["1"]


def test_a_file_that_changed_after_it_was_accepted_is_reported_once(home: Home, deliver: Deliver) -> None:
    deliver("crm/leads/a.csv", HEADER + b"1,2026,a\n")
    register(home)
    deliver("crm/leads/a.csv", HEADER + b"1,2026,a\n2,2026,b\n")
    (changed,) = register(home).files
    assert (changed.status, changed.raw_path, changed.row_count) == ("changed", None, None)
    assert "under a new name" in (changed.reason or "")
    assert register(home).files == ()
    assert [row["lead_id"] for row in raw_rows(home, "crm", "leads")] == ["1"]


@pytest.mark.parametrize(
    ("query", "leads", "words"),
    [
        ("select '2' as lead_id, timestamp '2026-01-02' as created_at", ["2"], "has its new rows"),
        ("select 2 as something", [], "gone from the raw table"),
        (None, [], "gone from the raw table"),
    ],
)
def test_a_linked_file_that_is_written_over_in_place(
    home: Home, deliver: Deliver, query: str | None, leads: list[str], words: str
) -> None:
    """Some writers keep the inode, and so write into the raw table: what they leave must not break everybody."""
    path = deliver("crm/leads/a.parquet", b"")
    duckdb.execute(f"copy (select '1' as lead_id, timestamp '2026-01-01' as created_at) to '{path}' (format parquet)")
    register(home)
    assert [row["lead_id"] for row in raw_rows(home, "crm", "leads")] == ["1"]
    other = path.with_name("other.tmp")
    if query:
        duckdb.execute(f"copy ({query}) to '{other}' (format parquet)")
    path.write_bytes(other.read_bytes() if query else b"rubbish")
    (changed,) = register(home).files
    assert changed.status == "changed"
    assert words in (changed.reason or "")
    assert [row["lead_id"] for row in raw_rows(home, "crm", "leads")] == leads
    assert register(home).files == ()


def test_a_file_that_is_taken_away_keeps_its_rows(home: Home, deliver: Deliver) -> None:
    path = deliver("crm/leads/a.csv", HEADER + b"1,2026,a\n")
    register(home)
    path.unlink()
    assert register(home).files == ()
    assert [row["lead_id"] for row in raw_rows(home, "crm", "leads")] == ["1"]


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_load(home: Home, deliver: Deliver) -> None:
    path = deliver("crm/leads/a.csv", HEADER + b"1,2026,a\n")

    def grow(progress: Progress) -> None:
        if progress.landing_path:
            with path.open("ab") as file:
                file.write(b"2,2026,b\n")

    report = register(home, on_progress=grow)
    assert report.files == ()
    assert "changed while" in report.unread[0].reason
    assert [file.row_count for file in register(home).files] == [2]


def test_the_raw_folder_can_be_made_again_from_landing(home: Home, deliver: Deliver) -> None:
    deliver("crm/leads/a.csv", HEADER + b"1,2026,a\n2\n")
    deliver("web/events/a.jsonl", b'{"event_id": 1, "occurred_at": 2, "anonymous_id": 3, "event_type": "x"}')
    register(home)
    tables = [("crm", "leads"), ("web", "events"), ("landing", "files"), ("landing", "rejected_rows")]
    before = [without_load(raw_rows(home, *table)) for table in tables]
    shutil.rmtree(home.raw)
    register(home)
    assert [without_load(raw_rows(home, *table)) for table in tables] == before


def test_a_contract_that_changed_is_written_again(home: Home) -> None:
    register(home)
    file = home.raw / "crm" / "leads" / "load_id=00000000T000000000000Z" / "contract.parquet"
    right = file.read_bytes()
    shutil.copy(home.raw / "crm" / "users" / "load_id=00000000T000000000000Z" / "contract.parquet", file)
    register(home)
    assert file.read_bytes() == right
    file.write_bytes(b"")
    register(home)
    assert file.read_bytes() == right


def test_a_time_without_zone_is_refused(home: Home) -> None:
    with pytest.raises(ValueError, match="time zone"):
        register(home, datetime(2026, 1, 1))


def test_a_contract_that_cannot_be_kept_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no models/staging"):
        raw_tables(tmp_path)
    folder = tmp_path / "models" / "staging" / "crm"
    folder.mkdir(parents=True)
    file = folder / "_crm__sources.yml"
    file.write_text("sources: [{name: crm, tables: [{name: leads, columns: [{name: a, data_type: money}]}]}]")
    with pytest.raises(ContractError, match=r"_crm__sources.yml: crm.leads.a: data_type money"):
        raw_tables(tmp_path)
    file.write_text("sources: 3")
    with pytest.raises(ContractError, match="not a list of dbt sources"):
        raw_tables(tmp_path)


def test_the_command_reports_and_exits(home: Home, deliver: Deliver, capsys: Any) -> None:
    deliver("crm/leads/a.csv", HEADER + b"1,2026,a\n2\n")
    assert main(["--home", str(home.root), "--strict"]) == 0
    assert "crm.leads" in capsys.readouterr().out
    deliver("crm/leads/b\n\x1b[2J.csv", b"Lead ID,created_at\nsecret,2026\n")
    assert main(["--home", str(home.root), "--strict"]) == 1
    out, err = capsys.readouterr()
    assert "held back: crm/leads/b\\n\\x1b[2J.csv: column lead_id: required by crm.leads" in out
    assert "secret" not in out + err
    assert "\x1b" not in out + err
    assert main(["--home", str(home.root), "--strict"]) == 0
    deliver("nowhere.csv", b"")
    assert main(["--home", str(home.root)]) == 0
    assert main(["--home", str(home.root), "--strict"]) == 1
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
