"""Files as real sources deliver them: which rows come through, which are rejected, which file is not used at all."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import duckdb
import pytest

from orchestration.home import Home
from orchestration.landing import RegisteredFile, register
from orchestration.landing.text import MAX_ROW_BYTES
from tests.landing.conftest import Deliver, raw_rows

HEADER = b"lead_id,created_at,email\n"
PACKED = gzip.compress(HEADER + b"1,2026,a\n" * 5000, mtime=0)

# name, content, the lead_ids with their lines, the lines rejected with their reason
READABLE = {
    "plain": ("a.csv", HEADER + b"1,2026,a\n", {2: "1"}, {}),
    "no line end": ("a.csv", HEADER + b"1,2026,a", {2: "1"}, {}),
    "header only": ("a.csv", HEADER, {}, {}),
    "tabs": ("a.tsv", b"lead_id\tcreated_at\n1\t2026,x\n", {2: "1"}, {}),
    "tabs in a .csv": ("a.csv", b"lead_id\tcreated_at\n1\t2026,x\n", {2: "1"}, {}),
    "more commas than semicolons": ("a.csv", b"lead_id;created_at;a,b,c\n1;2026;x\n", {2: "1"}, {}),
    "header in capitals, with blanks, in another order": ("a.CSV", b" Created_At ,LEAD_ID\n2026,1\n", {2: "1"}, {}),
    "UTF-8 byte-order mark": ("a.csv", b"\xef\xbb\xbf" + HEADER + b"1,2026,a\n", {2: "1"}, {}),
    "UTF-16": ("a.csv", (HEADER + b"1,2026,a\n").decode().encode("utf-16"), {2: "1"}, {}),
    "UTF-16 big-endian": ("a.csv", b"\xfe\xff" + (HEADER + b"1,2026,a\n").decode().encode("utf-16-be"), {2: "1"}, {}),
    "half a UTF-16 character": (
        "a.csv",
        (HEADER + b"1,2026,a\n2,2026,b").decode().encode("utf-16") + b"x",
        {2: "1"},
        {3: "not valid UTF-8"},
    ),
    "gzip": ("a.csv.gz", PACKED, dict.fromkeys(range(2, 5002), "1"), {}),
    "two gzip members": ("a.csv.gz", gzip.compress(HEADER) + gzip.compress(b"1,2026,a\n"), {2: "1"}, {}),
    "old Mac line ends": ("a.csv", b"lead_id,created_at\r1,2026\r2,2026\r", {2: "1", 3: "2"}, {}),
    "Windows line ends": ("a.csv", b"lead_id,created_at\r\n1,2026\r\n2,2026\r\n", {2: "1", 3: "2"}, {}),
    "mixed line ends": ("a.csv", b"lead_id,created_at\r\n1,2026\n2,2026\r\n", {2: "1", 3: "2"}, {}),
    "blank lines": ("a.csv", b"\n" + HEADER + b"\n1,2026,a\n\n", {4: "1"}, {}),
    "a cell of several lines": ("a.csv", HEADER + b'1,2026,"a\nb\n"\n2,2026,b\n', {2: "1", 5: "2"}, {}),
    "delimiters after the last cell": ("a.csv", HEADER + b"1,2026,a,\n2,2026,b,,\n", {2: "1", 3: "2"}, {}),
    "too few and too many fields": (
        "a.csv",
        HEADER + b"1,2026\n2,2026,b\n3,2026,c,d\n",
        {3: "2"},
        {2: "2 fields where the header has 3", 4: "4 fields where the header has 3"},
    ),
    "Latin-1 in one row": ("a.csv", HEADER + b"1,2026,\xe9\n2,2026,b\n", {3: "2"}, {2: "not valid UTF-8"}),
    "Latin-1 in a column that is not used": (
        "a.csv",
        b"lead_id,created_at,other\n1,2026,\xe9\n2,2026,b\n",
        {3: "2"},
        {2: "not valid UTF-8"},
    ),
    "a NUL character": ("a.csv", HEADER + b"1,2026,a\0\n2,2026,b\n", {3: "2"}, {2: "holds a NUL character"}),
    "a quote that is never closed": (
        "a.csv",
        HEADER + b'1,2026,"a\n2,2026,b\n3,2026,c\n',
        {3: "2", 4: "3"},
        {2: "a quote is not closed"},
    ),
    "text after a quote": ("a.csv", HEADER + b'1,2026,"a"b\n2,2026,b\n', {3: "2"}, {2: "text after a closing quote"}),
    "a very long line": (
        "a.csv",
        HEADER + b"1,2026," + b"x" * MAX_ROW_BYTES + b"\n2,2026,b\n",
        {3: "2"},
        {2: f"longer than {MAX_ROW_BYTES} bytes"},
    ),
    "a long line": ("a.csv", HEADER + b"1,2026," + b"x" * (MAX_ROW_BYTES // 2) + b"\n2,2026,b\n", {2: "1", 3: "2"}, {}),
    "a quote of many megabytes": (
        "a.csv",
        HEADER + b'1,2026,"x\n' + (b"2,2026," + b"y" * 4_000_000 + b"\n") * 3,
        {3: "2", 4: "2", 5: "2"},
        {2: f"longer than {MAX_ROW_BYTES} bytes: a quote is not closed"},
    ),
    "JSON Lines": ("a.jsonl", b'{"lead_id": "1", "created_at": 2026}\n', {1: "1"}, {}),
    "keys in capitals": ("a.ndjson", b'{"Lead_ID": "1", " created_at ": 2026}\n{"lead_id": 2}', {1: "1", 2: "2"}, {}),
    "lines that are no objects": (
        "a.jsonl",
        b'{"lead_id": "1", "created_at": 2026}\n\n[1]\nnope\n{"lead_id": \xff}\n{"lead_id":\r"6"}\n{"lead_id": 7}\n',
        {1: "1", 7: "7"},
        {3: "not a JSON object", 4: "not valid JSON", 5: "not valid UTF-8", 6: "holds a control character"},
    ),
    "JSON Lines in gzip": ("a.jsonl.gz", gzip.compress(b'{"lead_id": "1", "created_at": 2026}\n'), {1: "1"}, {}),
}


@pytest.mark.parametrize("case", READABLE)
def test_readable_dirt(home: Home, deliver: Deliver, case: str) -> None:
    name, content, leads, rejected = READABLE[case]
    deliver(f"crm/leads/{name}", content)
    (file,) = register(home).files
    assert (file.status, file.row_count, file.rejected_count) == ("accepted", len(leads), len(rejected))
    assert {row["source_row_number"]: row["lead_id"] for row in raw_rows(home, "crm", "leads")} == leads
    rejections = raw_rows(home, "landing", "rejected_rows")
    assert {row["row_number"]: row["reason"] for row in rejections} == rejected
    assert {row["file_id"] for row in rejections} <= {file.file_id}


# name, content, status, columns at fault, words of the reason
UNUSABLE = {
    "empty": ("a.csv", b"", "set_aside", None, "empty"),
    "empty JSON Lines": ("a.jsonl", b" \n", "set_aside", None, "empty"),
    "empty gzip": ("a.csv.gz", gzip.compress(b""), "set_aside", None, "empty"),
    "only a byte-order mark": ("a.csv", b"\xef\xbb\xbf", "set_aside", None, "header"),
    "a column twice": ("a.csv", b"lead_id,created_at,Lead_ID \n", "set_aside", None, "more than one column lead_id"),
    "a header that is not UTF-8": ("a.csv", b"lead_id,created_at,\xe9\n1,2,3\n", "set_aside", None, "UTF-8"),
    "UTF-16 without mark": ("a.csv", HEADER.decode().encode("utf-16-le"), "set_aside", None, "UTF-16"),
    "cut-off gzip": ("a.csv.gz", PACKED[:-20], "set_aside", None, "gzip"),
    "no gzip": ("a.csv.gz", HEADER, "set_aside", None, "gzip"),
    "damaged gzip": ("a.jsonl.gz", PACKED[:40] + b"xxxx" + PACKED[44:], "set_aside", None, "gzip"),
    "a JSON array": ("a.jsonl", b'[{"lead_id": 1}]', "set_aside", None, "JSON object"),
    "no Parquet": ("a.parquet", b"PAR1PAR1", "set_aside", None, "Parquet"),
    "too many columns": ("a.csv", b"lead_id,created_at" + b",x" * 3000, "set_aside", None, "columns"),
    "required columns missing": ("a.csv", b"email\na\n", "held_back", "lead_id, created_at", "add lead_id"),
    "a required column misspelt": ("a.csv", b"Lead ID,created_at\n1,2\n", "held_back", "lead_id", 'rename "lead id"'),
    "a required key missing": ("a.jsonl", b'{"lead_id": 1}', "held_back", "created_at", "add created_at"),
    "no header": ("a.csv", b"1,2026,a\n", "held_back", "lead_id, created_at", "first line"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_unusable_files_do_not_stop_the_load(home: Home, deliver: Deliver, case: str) -> None:
    name, content, status, column_name, words = UNUSABLE[case]
    deliver(f"crm/leads/{name}", content)
    deliver("crm/leads/z.csv", HEADER + b"1,2026,a\n")
    bad, good = register(home).files
    assert (bad.status, bad.column_name, bad.row_count, bad.raw_path) == (status, column_name, None, None)
    assert words in (bad.reason or "")
    assert good.status == "accepted"
    assert [row["lead_id"] for row in raw_rows(home, "crm", "leads")] == ["1"]
    assert not raw_rows(home, "landing", "rejected_rows")


def test_rejected_rows_show_bytes_that_are_no_text(home: Home, deliver: Deliver) -> None:
    deliver("crm/leads/a.csv", HEADER + b"1,2026,\xff\0\n")
    register(home)
    (row,) = raw_rows(home, "landing", "rejected_rows")
    assert (row["source"], row["table_name"], row["raw_value"]) == ("crm", "leads", "1,2026,\\xff\\x00")


@pytest.mark.parametrize("name", ["it's.csv", "a*?[b].csv", "a\nb.csv", "é ☃.csv", "-rf.csv", "x=1/load_id=2/a.csv"])
def test_names_are_only_names(home: Home, deliver: Deliver, name: str) -> None:
    deliver(f"crm/leads/{name}", HEADER + b"1,2026,a\n")
    (file,) = register(home).files
    assert (file.status, file.landing_path) == ("accepted", f"crm/leads/{name}")
    assert [row["landing_path"] for row in raw_rows(home, "landing", "files")] == [f"crm/leads/{name}"]
    assert [row["lead_id"] for row in raw_rows(home, "crm", "leads")] == ["1"]


def test_links_and_devices_are_never_opened(home: Home, deliver: Deliver, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_bytes(HEADER + b"1,2026,secret\n")
    inside = deliver("crm/contacts/a.csv", b"contact_id,created_at\n1,2026\n")
    folder = home.landing / "crm" / "leads"
    folder.mkdir()
    (folder / "outside.csv").symlink_to(outside)
    (folder / "inside.csv").symlink_to(inside)
    (folder / "folder").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.csv")
    report = register(home)
    problems = {file.landing_path: file.status for file in report.problems}
    assert problems == {f"crm/leads/{name}.csv": "set_aside" for name in ("inside", "outside", "pipe")}
    assert [unread.landing_path for unread in report.unread] == ["crm/leads/folder"]
    assert not raw_rows(home, "crm", "leads")


def test_what_cannot_be_placed_is_reported(home: Home, deliver: Deliver) -> None:
    for name in ("stray.csv", "crm/nosuch/a.csv", "crm/nosuch/b.csv", "landing/files/a.parquet", "crm/leads/a.xlsx"):
        deliver(name, HEADER)
    deliver(os.fsdecode(b"crm/leads/\xff.csv"), HEADER)
    for name in (
        "crm/leads/.a.csv",
        "crm/leads/_a.csv",
        "crm/leads/a.csv.part",
        "crm/leads/_b/a.csv",
        "crm/leads/a.tmp",
    ):
        deliver(name, HEADER)
    report = register(home)
    assert report.load_id is None
    assert sorted(unread.landing_path for unread in report.unread) == [
        "crm/leads/\\xff.csv",
        "crm/leads/a.xlsx",
        "crm/nosuch",
        "landing/files",
        "stray.csv",
    ]


def parquet(duck: duckdb.DuckDBPyConnection, home: Home, name: str, query: str) -> RegisteredFile:
    path = home.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    duck.execute(f"copy ({query}) to '{path}' (format parquet)")
    (file,) = register(home).files
    return file


def test_parquet_that_fits_is_linked_in_place(home: Home, duck: duckdb.DuckDBPyConnection) -> None:
    query = "select 'l' as lead_id, timestamp '2026-01-01' as created_at, 7::smallint as employee_count"
    file = parquet(duck, home, "crm/leads/a.parquet", query)
    assert (home.root / str(file.raw_path)).samefile(home.landing / "crm/leads/a.parquet")
    (row,) = raw_rows(home, "crm", "leads")
    assert (row["lead_id"], row["employee_count"], row["source_row_number"]) == ("l", 7, None)


# What would break, or bend, the union of all files of a raw table: select list, column, text in the raw table.
MENDED = {
    "a number where a time belongs": ("'l' as lead_id, 1700000000000 as created_at", "created_at", "1700000000000"),
    "a UUID": ("uuid '00000000-0000-0000-0000-000000000001' as lead_id, 1 as created_at", "lead_id", "0" * 8),
    "bytes": ("'l'::blob as lead_id, 1 as created_at", "lead_id", "l"),
    "bytes that are no text": ("'\\xff'::blob as lead_id, 1 as created_at", "lead_id", "\\xFF"),
    "a struct": ("{'a': [1, null]} as lead_id, 1 as created_at", "lead_id", '{"a":[1,null]}'),
    "a list": ("[1, 2] as lead_id, 1 as created_at", "lead_id", "[1,2]"),
    "a map": ("map {'a': 1} as lead_id, 1 as created_at", "lead_id", '{"a":1}'),
    "a time of day": ("time '10:00' as lead_id, 1 as created_at", "lead_id", "10:00:00"),
    "names in capitals": ('\'l\' as "LEAD_ID", 1 as " Created_At "', "lead_id", "l"),
    "text where a truth belongs": ("'l' as lead_id, 1 as created_at, 0 as is_deleted", "is_deleted", "0"),
    "a column named like one of ours": ("'l' as lead_id, 1 as created_at, 'x' as load_id", "lead_id", "l"),
    "an unknown column": ("'l' as lead_id, 1 as created_at, 'x' as file_id, [1] as t", "extra_columns", '{"file_id":'),
    "an unknown column without value": ("'l' as lead_id, 1 as created_at, null::int as x", "extra_columns", "{}"),
}


@pytest.mark.parametrize("case", MENDED)
@pytest.mark.parametrize("with_text", [False, True])
def test_parquet_that_would_break_the_union_is_mended(
    home: Home, duck: duckdb.DuckDBPyConnection, deliver: Deliver, case: str, with_text: bool
) -> None:
    select, column, expected = MENDED[case]
    if with_text:
        deliver("crm/leads/a.csv", b"lead_id,created_at,is_deleted\n,,\n")
        deliver("crm/leads/a.parquet", b"")
        register(home)
    assert parquet(duck, home, "crm/leads/b.parquet", f"select {select}").status == "accepted"
    rows = [row for row in raw_rows(home, "crm", "leads") if row["lead_id"] is not None]
    assert [str(row[column]).startswith(expected) for row in rows] == [True]


def test_damaged_pages_are_found_before_they_reach_the_raw_table(
    home: Home, duck: duckdb.DuckDBPyConnection, deliver: Deliver
) -> None:
    path = deliver("crm/leads/a.parquet", b"")
    query = "select md5(i::varchar) as lead_id, i::varchar as created_at from range(100000) as numbers (i)"
    duck.execute(f"copy ({query}) to '{path}' (format parquet)")
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 500] = bytes(500)
    path.write_bytes(content)
    (file,) = register(home).files
    assert file.status == "set_aside"
    assert not raw_rows(home, "crm", "leads")


def test_parquet_columns_that_differ_in_case_only(home: Home, duck: duckdb.DuckDBPyConnection) -> None:
    nested = "{'lead_id': 1} as other"
    file = parquet(duck, home, "crm/leads/a.parquet", f"select 1 as lead_id, {nested}, 2 as created_at")
    assert file.status == "accepted"
    # DuckDB itself writes no such file: it is made by changing a letter of a name in the footer and page headers.
    path = home.landing / "crm/leads/b.parquet"
    duck.execute(f"copy (select 1 as lead_id, 2 as leax_id, 3 as created_at) to '{path}' (format parquet)")
    path.write_bytes(path.read_bytes().replace(b"leax_id", b"LEAD_ID"))
    (file,) = register(home).files
    assert file.status == "set_aside"
    assert "more than one column lead_id" in (file.reason or "")
