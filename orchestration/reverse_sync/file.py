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
from orchestration.reverse_sync.pace import Pace
from orchestration.reverse_sync.protocol import Answer, Change, DestinationError, Held, Note, Value

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
    ROWS_IN_A_FILE = 1000

    def __init__(self, outbox: Path, run_id: str) -> None:
        self.pace = Pace()
        self._outbox = outbox
        self._folder = outbox / run_id
        self._sent = 0
        # what a killed run had only half written
        for unfinished in outbox.glob("*/.*.tmp"):
            unfinished.unlink()

    def batch_size(self, rows: int) -> int:
        """See :class:`~orchestration.reverse_sync.protocol.Destination`, here and below."""
        return self.ROWS_IN_A_FILE

    def describe(self, kind: str) -> None:
        """A file holds whatever it is given."""

    def create_field(self, kind: str, name: str, value_type: str) -> None:
        """There is nothing to create."""

    def send(self, batch: Sequence[Change], note: Note) -> list[Answer]:
        """Write the batch as one file; a file is always accepted."""
        fields = sorted({name for change in batch for name in change.values})
        content = io.StringIO()
        # The standard's line ends; with any other, Python 3.11 leaves a lone carriage return in a cell unquoted.
        writer = csv.writer(content, lineterminator="\r\n")
        writer.writerow([*KEY_COLUMNS, *fields])
        for change in batch:
            keys = [guard(change.object), guard(change.record_id), guard(change.lead_id)]
            writer.writerow(keys + [_cell(change.values, name) for name in fields])
        self._sent += 1
        write_whole(self._folder / f"{self._sent:06d}.csv", content.getvalue())
        self.pace.calls += 1
        return [Answer(change) for change in batch]

    def collect(self, noted: str, batch: Sequence[Change]) -> list[Answer]:
        """No file is ever noted by name."""
        raise DestinationError(f"the file destination knows no batch {noted!r}")

    def read(self, batch: Sequence[Change]) -> Held:
        """The last value that any file holds for each field; numbers come back as text."""
        wanted = {change.key for change in batch}
        held: Held = {}
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


def _cell(values: Mapping[str, Value], name: str) -> str:
    if name not in values:
        return ""
    value = values[name]
    if value is None or value == "":
        return CLEAR
    return guard(value) if isinstance(value, str) else repr(value)


def _value(cell: str) -> str | None:
    return None if cell == CLEAR else unguard(cell)
