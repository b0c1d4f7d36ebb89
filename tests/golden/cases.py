"""The golden cases: small CSV files of what arrives, beside CSV files of what must come out, both written by hand.

A case is a folder `<group>/<case>/`. Its files `<source>.<table>.csv` are landed, those under `later/` in a later load.
`expected/<schema>.<table>.csv` says every row of that table that belongs to the case, in the columns of its header;
`expected_later/` the same after the later load. The column `why` is for the reader.

All cases share one warehouse, so each id of a case begins with `<case>-` and each address is `@<case>.test`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.leadhouse import Leadhouse, Rows

FOLDER = Path(__file__).parent
FOR_READERS = "why"


@dataclass(frozen=True)
class Case:
    """One case; see above."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name, with which all ids of the case begin."""
        return self.folder.name

    @property
    def id(self) -> str:
        """How pytest names it."""
        return f"{self.folder.parent.name}-{self.name}"

    def deliver(self, landing: Path, moment: str = ".") -> None:
        """Put the files of one moment into the landing folder."""
        for file in sorted((self.folder / moment).glob("*.csv")):
            source, table = file.stem.split(".")
            place = landing / source / table / f"{self.name}{'-later' if moment == 'later' else ''}.csv"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())

    def expected(self, moment: str = "expected") -> dict[str, Path]:
        """The expected rows, by relation."""
        return {file.stem: file for file in sorted((self.folder / moment).glob("*.csv"))}

    def is_about(self, row: tuple[str | None, ...]) -> bool:
        """Whether a row belongs to this case."""
        return any(
            cell is not None and (f"{self.name}-" in cell.partition("@")[0] or cell.endswith(f"@{self.name}.test"))
            for cell in row
        )

    def found(self, warehouse: Leadhouse, relation: str, expected: Path) -> Rows:
        """What the warehouse holds of this case, in the columns of the expected file."""
        columns = ", ".join(f"cast({column} as varchar)" for column in header(expected))
        query = f"select {columns} from {relation}"
        return sorted(filter(self.is_about, (tuple(row.values()) for row in warehouse.query(query))), key=_order)


def all_cases() -> list[Case]:
    """Every case of every group."""
    return [Case(folder) for folder in sorted(FOLDER.glob("*/*/")) if any(folder.glob("*.csv"))]


def header(expected: Path) -> list[str]:
    """The columns that are compared."""
    with expected.open(encoding="utf-8", newline="") as file:
        return [column for column in next(csv.reader(file)) if column != FOR_READERS]


def expected_rows(expected: Path) -> Rows:
    """The rows of an expected file; an empty cell is null."""
    with expected.open(encoding="utf-8", newline="") as file:
        rows = [tuple(row[column] or None for column in header(expected)) for row in csv.DictReader(file)]
    return sorted(rows, key=_order)


def _order(row: tuple[str | None, ...]) -> tuple[str, ...]:
    return tuple(cell or "" for cell in row)
