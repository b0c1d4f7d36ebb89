"""Cells of seeds and inputs, whatever wrote them: text, numbers, dates, nothing."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import pandas as pd

Record = dict[str, Any]


def records(frame: pd.DataFrame) -> list[Record]:
    """Rows of a frame as dictionaries, every kind of missing value as ``None``."""
    columns = [str(name) for name in frame.columns]
    cells = frame.itertuples(index=False, name=None)
    return [
        {name: None if _is_missing(cell) else cell for name, cell in zip(columns, row, strict=True)} for row in cells
    ]


def _is_missing(cell: Any) -> bool:
    return bool(pd.isna(cell)) or cell == ""


def having(rows: list[Record], **wanted: Any) -> list[Record]:
    """The rows whose cells are these."""
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def by_lead(rows: list[Record]) -> defaultdict[str, list[Record]]:
    """Rows by their lead; none for a lead without any."""
    grouped: defaultdict[str, list[Record]] = defaultdict(list)
    for row in rows:
        grouped[row["lead_id"]].append(row)
    return grouped


def text(cell: Any) -> str:
    """Lower-cased and trimmed; nothing is empty."""
    return "" if cell is None else str(cell).strip(" ").lower()


def decimal(cell: Any) -> Decimal:
    """Exactly the number that was written.

    Raises:
        ValueError: it is none.
    """
    try:
        return Decimal(str(cell))
    except InvalidOperation:
        raise ValueError(f"not a number: {cell!r}") from None


def optional(cell: Any) -> Decimal | None:
    """A number, or ``None`` for a blank cell."""
    return None if cell is None else decimal(cell)


def boolean(cell: Any) -> bool:
    """A truth value, also as text."""
    return str(cell).lower() == "true"


def day(cell: Any) -> date:
    """The date of a date or a time."""
    return pd.Timestamp(cell).date()


def places(number: Decimal, places: int) -> Decimal:
    """Rounded half away from zero."""
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def in_size(number: Decimal, cap: Any) -> Decimal:
    """Cut to a size, sign kept; a blank cap cuts nothing."""
    size = optional(cap)
    return number if size is None else max(-size, min(size, number))
