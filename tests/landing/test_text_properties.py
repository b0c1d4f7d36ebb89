"""The readers of text against references that share nothing with them but Python's csv and json modules."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import duckdb
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from orchestration.landing.readers import READERS, Source
from orchestration.landing.text import Rejection
from orchestration.raw_contract import RawTable, raw_tables

TASKS = raw_tables()["crm", "tasks"]
LEADS = raw_tables()["crm", "leads"]
MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Read = tuple[list[dict[str, Any]], list[Rejection]]

# One for all examples: to open a database takes longer than to read a small file.
DUCK = duckdb.connect()
DUCK.execute("set TimeZone = 'UTC'; set threads = 1")


def read(content: bytes, name: str, table: RawTable) -> Read:
    """What a reader makes of a file: the raw rows, and the rejected ones."""
    rejections: list[Rejection] = []
    with tempfile.TemporaryDirectory() as folder:
        file, output = Path(folder) / name, Path(folder) / "output.parquet"
        file.write_bytes(content)
        source = Source(DUCK, file, table, output, Path(folder), rejections.append)
        count = READERS[file.suffix[1:]](source)
        result = DUCK.execute(f"select * from '{output}'")
        names = [column[0] for column in result.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        assert count == len(rows)
        return rows, rejections


# Cells made of what CSV readers stumble over.
PIECES = ["a", "b", "é", "1", " ", '"', ",", ";", "\t", "|", "\n", "\r\n", "\\", "#", "'", "NULL", "{}", "\u2028", "%"]
CELLS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
HEADER = ["task_id", "created_at", "outcome"]


def known(text: str) -> str | None:
    """An empty cell is null in the raw table, or empty text: staging makes no difference between the two."""
    return text or None


@st.composite
def csv_files(draw: st.DrawFn) -> tuple[bytes, list[list[str]]]:
    """A well-formed CSV file in one of the dialects that land, and the rows that went into it."""
    rows = draw(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    quoting: Literal[0, 1] = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    # Python 3.11 leaves a lone carriage return without quotes.
    assume(not any("\r" in cell for row in rows for cell in row) or quoting == csv.QUOTE_ALL)
    order = draw(st.permutations(range(3)))
    spelling = draw(st.sampled_from([str.lower, str.upper, str.title, lambda name: f" {name} "]))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    writer.writerow([spelling(HEADER[place]) for place in order])
    writer.writerows([[row[place] for place in order] for row in rows])
    whole = text.getvalue()
    if draw(st.booleans()):
        whole = whole.removesuffix(newline)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    return whole.encode(encoding), rows


@MANY
@given(csv_files())
def test_a_well_formed_csv_file_gives_the_rows_that_went_in(drawn: tuple[bytes, list[list[str]]]) -> None:
    content, rows = drawn
    raw, rejections = read(content, "file.csv", TASKS)
    assert not rejections
    assert [[row[name] for name in HEADER] for row in raw] == [[known(cell) for cell in row] for row in rows]


def reference(text: str, width: int) -> tuple[list[tuple[int, list[str]]], list[int]]:
    """Rows and rejected line numbers: a record is the shortest run of lines that Python's csv module takes whole."""
    lines = text.splitlines(keepends=True) if "\r" not in text else text.replace("\r\n", "\n").splitlines(keepends=True)
    rows: list[tuple[int, list[str]]] = []
    rejected: list[int] = []
    at = 1
    while at < len(lines):
        taken, cells = 1, _record(lines[at : at + 1])
        while cells is None and at + taken < len(lines):
            taken += 1
            cells = _record(lines[at : at + taken])
        if cells is None or isinstance(cells, str):
            rejected.append(at + 1)
            taken = 1
        elif cells and (len(cells) < width or any(cells[width:])):
            rejected.append(at + 1)
        elif cells:
            rows.append((at + 1, cells[:width]))
        at += taken
    return rows, rejected


def _record(lines: list[str]) -> list[str] | str | None:
    """The cells; text when the lines can never be a record; None when they might be with more lines."""
    try:
        records = list(csv.reader(lines, strict=True))
    except csv.Error as error:
        return None if "unexpected end" in str(error) else "malformed"
    return records[0] if len(records) == 1 else "malformed"


@settings(MANY, max_examples=200)
@given(
    st.lists(
        st.lists(st.sampled_from(["a", "é", " ", '"', '""', ",", ",,", "1,2"]), max_size=6).map("".join), max_size=6
    )
)
def test_rows_of_a_malformed_csv_file_are_kept_or_rejected_one_by_one(lines: list[str]) -> None:
    text = "\n".join([",".join(HEADER), *lines]) + "\n"
    raw, rejections = read(text.encode(), "file.csv", TASKS)
    rows, rejected = reference(text, len(HEADER))
    assert [rejection.row_number for rejection in rejections] == rejected
    expected = [(number, [known(cell) for cell in cells]) for number, cells in rows]
    assert [(row["source_row_number"], [row[name] for name in HEADER]) for row in raw] == expected


@MANY
@given(st.lists(st.binary(min_size=1, max_size=12), max_size=5), st.sampled_from(["file.csv", "file.jsonl"]))
def test_any_bytes_are_counted_row_by_row(lines: list[bytes], name: str) -> None:
    lines = [line.translate(None, b'\r\n\x00"') or b"x" for line in lines]
    first = b"task_id,created_at,outcome" if name == "file.csv" else b'{"task_id": 1, "created_at": 2}'
    raw, rejections = read(b"\n".join([first, *lines]), name, TASKS)
    numbers = sorted([row["source_row_number"] for row in raw] + [rejection.row_number for rejection in rejections])
    blank = {at for at, line in enumerate(lines, 2) if name == "file.jsonl" and not line.strip(b" \t\r")}
    assert numbers == [at for at in range(2 if name == "file.csv" else 1, len(lines) + 2) if at not in blank]
    for rejection in rejections:
        if rejection.reason == "not valid UTF-8":
            assert not _is_utf8(lines[rejection.row_number - 2])


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
LEAVES = st.none() | st.booleans() | st.integers(-(10**25), 10**25) | TEXTS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2))
KEYS = st.sampled_from(["task_id", "created_at", "Outcome", "lead_id", "unknown"])
GARBAGE = [
    "{",
    "[]",
    "3",
    "null",
    '"x"',
    "nope",
    '{"a" 1}',
    "{'a': 1}",
    '{"a": 01}',
    '{"a": 1} {"a": 2}',
    '{"a": "\t"}',
]
BLANKS = ["", "  ", "\t"]


@MANY
@given(
    st.lists(
        st.dictionaries(KEYS, VALUES, max_size=4) | st.sampled_from(GARBAGE) | st.sampled_from(BLANKS), max_size=6
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)
def test_json_lines_give_what_python_reads(lines: list[Any], newline: str, escaped: bool, marked: bool) -> None:
    first = {"task_id": "t", "created_at": "2026-01-01"}
    written = [json.dumps(line, ensure_ascii=escaped) if isinstance(line, dict) else line for line in [first, *lines]]
    raw, rejections = read(newline.join(written).encode("utf-8-sig" if marked else "utf-8"), "file.jsonl", TASKS)
    objects = [(at, line) for at, line in enumerate([first, *lines], 1) if isinstance(line, dict)]
    assert [rejection.row_number for rejection in rejections] == [
        at for at, line in enumerate(written, 1) if line in GARBAGE
    ]
    assert [row["source_row_number"] for row in raw] == [at for at, _ in objects]
    for row, (_, line) in zip(raw, objects, strict=True):
        for key, value in line.items():
            if key != "unknown":
                _same(row[key.lower()], value)


def _same(cell: str | None, value: Any) -> None:
    if isinstance(value, dict | list):
        assert cell is not None
        assert json.loads(cell) == value
    elif isinstance(value, str) or value is None:
        assert cell == value
    else:
        assert cell == json.dumps(value)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs"]), min_size=1, max_size=5).map(
    lambda name: name.strip().lower()
)


@MANY
@given(st.dictionaries(NAMES, TEXTS.filter(lambda text: "\r" not in text), min_size=1, max_size=4))
def test_unknown_columns_of_leads_are_kept_by_csv_and_json_alike(extra: dict[str, str]) -> None:
    assume(all(name and name == name.strip().lower() for name in extra))
    assume(not {column.name for column in LEADS.columns} & set(extra))
    row = {"lead_id": "1", "created_at": "2"} | extra
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([row.keys(), row.values()])
    from_csv, _ = read(text.getvalue().encode(), "file.csv", LEADS)
    from_json, _ = read(json.dumps(row).encode(), "file.jsonl", LEADS)
    assert json.loads(from_json[0]["extra_columns"]) == extra
    assert json.loads(from_csv[0]["extra_columns"]) == {name: value for name, value in extra.items() if value}


def test_the_quick_and_the_careful_reader_agree(monkeypatch: Any) -> None:
    """DuckDB 2.0 skips blanks beside quotes, which Python does not: such a file must not be left to it."""
    from orchestration.landing import text as text_module

    quick_survey: Callable[..., text_module.Survey] = text_module.survey
    surveyed: list[bool] = []

    def never_tidy(*arguments: Any) -> text_module.Survey:
        surveyed.append(quick_survey(*arguments).is_tidy)
        return text_module.Survey(0, is_tidy=False)

    @settings(MANY, max_examples=200)
    @given(
        st.lists(
            st.lists(st.sampled_from(["a", " ", '"', '""', ",", ",,", "\n", "\r\n"]), max_size=8).map("".join),
            max_size=4,
        )
    )
    def agree(lines: list[str]) -> None:
        content = "\n".join([",".join(HEADER), "1,2,3", *lines]).encode()
        quick = read(content, "file.csv", TASKS)
        with monkeypatch.context() as patch:
            patch.setattr(text_module, "survey", never_tidy)
            careful = read(content, "file.csv", TASKS)
        assert quick == careful

    agree()
    assert any(surveyed)
    assert not all(surveyed)
