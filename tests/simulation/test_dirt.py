"""Every kind of dirt is there, and the landing job finds exactly what the books say."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.conftest import Simulated

KINDS = {
    "late_event", "repeated_row", "byte_order_mark", "changed_column_order", "missing_optional_column",
    "future_date", "ancient_date", "older_than_computers", "impossible_date", "text_as_date", "empty_required_value",
    "formula_cell", "text_in_number", "line_break_in_cell",
    "too_few_fields", "too_many_fields", "bad_quotes", "invalid_utf8",
    "broken_json", "no_json_object", "no_json_at_all",
    "binary_garbage", "empty_file", "header_only", "still_being_written", "truncated_parquet", "truncated_gzip",
    "missing_required_column", "open_quote_to_the_end",
}  # fmt: skip


def test_every_kind_of_dirt_is_planted(dirty: Simulated) -> None:
    kinds = {str(row[0]) for row in dirty.query("select distinct kind from read_parquet('{truth}/dirt.parquet')")}
    assert kinds == KINDS


def test_clean_sources_have_no_dirt(clean: Simulated) -> None:
    assert clean.number("select count(*) from read_parquet('{truth}/dirt.parquet')") == 0


def test_every_file_in_the_books_exists(dirty: Simulated) -> None:
    for (file,) in dirty.query("select distinct file from read_parquet('{truth}/dirt.parquet')"):
        assert (dirty.out / "landing" / str(file)).is_file()


def test_keys_in_the_books_are_in_their_files(dirty: Simulated) -> None:
    rows = dirty.query(
        "select file, detail from read_parquet('{truth}/dirt.parquet') "
        "where detail like 'dirt-%' and file not like '%.parquet'"
    )
    assert rows
    for file, keys in rows:
        content = (dirty.out / "landing" / str(file)).read_bytes()
        for key in str(keys).split():
            assert content.count(key.encode()) >= 1, (file, key)


def test_repeats_in_parquet_are_counted(dirty: Simulated) -> None:
    # The long history has most rows; a repeat is there when its first delivery is.
    files = "read_parquet('{landing}/web/events/*_*.parquet', filename = true)"
    repeats = dirty.number(f"select count(*) - count(distinct event_id) from {files}")
    books = (
        "read_parquet('{truth}/dirt.parquet') where kind = 'repeated_row' and file like 'web/events/%\\_%' escape '\\'"
    )
    assert repeats == dirty.number(f"select sum(expected) from {books}")
    assert repeats > 0


def test_events_arrive_out_of_order(dirty: Simulated) -> None:
    late = """
        select count(*) from read_parquet('{landing}/web/events/*_*.parquet')
        where loaded_at > occurred_at + interval 1 day
    """
    assert dirty.number(late) > 0


@pytest.fixture(scope="module")
def landed(dirty: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """The dirty company after the landing job."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(dirty.out, home, dirs_exist_ok=True)
    checkout = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-m", "orchestration.landing", "--home", str(home)], cwd=checkout, check=True)
    return Simulated(home)


def test_landing_rejects_the_lines_in_the_books(landed: Simulated) -> None:
    counts = """
        select file, sum(expected)::bigint from read_parquet('{truth}/dirt.parquet')
        where outcome = 'rejected' group by file order by file
    """
    found = f"""
        select landing_path, rejected_count
        from read_parquet('{landed.out}/raw/landing/files/**/*.parquet')
        where rejected_count > 0 order by landing_path
    """
    assert landed.query(found) == landed.query(counts)


def test_landing_keeps_out_the_files_in_the_books(landed: Simulated) -> None:
    books = """
        select file, outcome from read_parquet('{truth}/dirt.parquet')
        where outcome in ('set_aside', 'held_back') order by file
    """
    found = f"""
        select landing_path, status from read_parquet('{landed.out}/raw/landing/files/**/*.parquet')
        where status <> 'accepted' order by landing_path
    """
    assert landed.query(found) == landed.query(books)


def test_landing_leaves_unfinished_files_alone(landed: Simulated) -> None:
    ((file,),) = landed.query("select file from read_parquet('{truth}/dirt.parquet') where outcome = 'left_alone'")
    registered = f"select count(*) from read_parquet('{landed.out}/raw/landing/files/**/*.parquet')"
    assert landed.number(f"{registered} where landing_path = '{file}'") == 0
