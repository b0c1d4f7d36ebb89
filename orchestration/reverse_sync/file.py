"""The destination that needs nothing: CSV files in an outbox, one a batch, ready for an import into any CRM.

A line is a record. A blank cell leaves the field alone and `#N/A` clears it, as in bulk loads of CRMs. Cells that a
spreadsheet would run as a formula are kept from it by an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestration.files import write_whole
from orchestration.reverse_sync.protocol import Change, RowOutcome

CLEAR = "#N/A"
KEY_COLUMNS = ("object", "record_id", "lead_id")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
# Spreadsheets take the full-width forms of = + - @ for the plain ones.
FULL_WIDTH_STARTS = ("\uff1d", "\uff0b", "\uff0d", "\uff20")


class FileDestination:
    """Writes each batch to `<outbox>/<run_id>/<batch>.csv`, whole or not at all.

    Args:
        outbox: the folder that holds a folder for each run.
        run_id: names the folder of this run; later ids sort later.
    """

    name = "file"
    batch_size = 1000

    def __init__(self, outbox: Path, run_id: str) -> None:
        self._outbox = outbox
        self._folder = outbox / run_id
        self._fields: dict[str, str] = {}
        self._sent = 0

    def prepare(self, fields: Mapping[str, str]) -> None:
        """Fix the columns of the files, and remove what a killed run had only half written."""
        for unfinished in self._outbox.glob("*/.*.tmp"):
            unfinished.unlink()
        self._fields = dict(sorted(fields.items()))

    def send(self, batch: Sequence[Change]) -> list[RowOutcome]:
        """Write the batch as one file; a file is always accepted."""
        content = io.StringIO()
        # The standard's line ends; with any other, Python 3.11 leaves a lone carriage return in a cell unquoted.
        writer = csv.writer(content, lineterminator="\r\n")
        writer.writerow([*KEY_COLUMNS, *self._fields])
        for change in batch:
            keys = [guard(change.object), guard(change.record_id), guard(change.lead_id)]
            writer.writerow(keys + [_cell(change.values, name) for name in self._fields])
        self._sent += 1
        write_whole(self._folder / f"{self._sent:06d}.csv", content.getvalue())
        return [RowOutcome(change, "accepted") for change in batch]

    def read(self, batch: Sequence[Change]) -> dict[tuple[str, str], dict[str, str | float | None]]:
        """The last value that any file holds for each field; numbers come back as text."""
        wanted = {(change.object, change.record_id) for change in batch}
        held: dict[tuple[str, str], dict[str, str | float | None]] = {}
        for path in sorted(self._outbox.glob("*/*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    key = (unguard(row["object"]), unguard(row["record_id"]))
                    if key in wanted:
                        written = {name: cell for name, cell in row.items() if name not in KEY_COLUMNS and cell}
                        held.setdefault(key, {}).update({n: _value(cell) for n, cell in written.items()})
        return held

    def close(self) -> None:
        """Nothing is left open."""


def guard(text: str) -> str:
    """Text that no spreadsheet takes for a formula, a cleared field or a guarded text."""
    return f"'{text}" if text.startswith(FORMULA_STARTS + FULL_WIDTH_STARTS) or text == CLEAR else text


def unguard(cell: str) -> str:
    """The text that `guard` was given."""
    return cell.removeprefix("'")


def _cell(values: Mapping[str, str | float | None], name: str) -> str:
    if name not in values:
        return ""
    value = values[name]
    if value is None or value == "":
        return CLEAR
    return guard(value) if isinstance(value, str) else repr(value)


def _value(cell: str) -> str | None:
    return None if cell == CLEAR else unguard(cell)
