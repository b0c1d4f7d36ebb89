"""Putting a table's rows of one period into a landing file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from simulation.bad_lines import plant_bad_lines
from simulation.dirt import Dirt
from simulation.engine import Engine
from simulation.files import LandingFile, write_bytes, write_query
from simulation.periods import Period
from simulation.settings import Settings
from simulation.shapes import Shape, shape_of

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
INTERNAL_COLUMNS = ("event_key", "kind", "is_repeat", "is_late", "delivered_on", "known_at")


@dataclass
class Deliverer:
    """Writes landing files and keeps the books of planted dirt."""

    engine: Engine
    settings: Settings
    landing: Path
    dirt: list[Dirt] = field(default_factory=list)
    rows: int = 0

    def deliver(self, source: str, table: str, relation: str, order: str, period: Period) -> None:
        """Write the rows of `relation` that arrive in `period` (column `delivered_on`); no rows, no file."""
        arriving = f"{relation} where delivered_on between date '{period.first}' and date '{period.last}'"
        rows, late, repeated = self.engine.counts(arriving, "true", "is_late", "is_repeat")
        if rows == 0:
            return
        shape = shape_of(self.settings, source, table, period)
        file = LandingFile(
            self.landing,
            source,
            table,
            f"{period.name}.{shape.file_format}",
            shape.file_format,
            self._columns(relation, shape),
        )
        query = f"select {', '.join(file.columns)} from {arriving} order by {order}"
        if shape.file_format == "parquet" or not self.settings.has_dirt or not period.is_day:
            write_query(self.engine, query, file.path, shape.file_format)
        else:
            self._write_soiled(query, file, shape, period)
        self.rows += rows
        for kind, outcome, count in (
            ("late_event", "staged", late),
            ("repeated_row", "duplicate", repeated),
            ("byte_order_mark", "staged", rows * shape.has_byte_order_mark),
            ("changed_column_order", "staged", rows * shape.is_reordered),
            ("missing_optional_column", "staged", rows * bool(shape.without)),
        ):
            if count:
                self.dirt.append(Dirt(kind, source, table, file.relative, outcome, count, " ".join(shape.without)))

    def _columns(self, relation: str, shape: Shape) -> tuple[str, ...]:
        hidden = (*INTERNAL_COLUMNS, *shape.without)
        columns = tuple(name for name in self.engine.columns(relation) if name not in hidden)
        return columns[::-1] if shape.is_reordered else columns

    def _write_soiled(self, query: str, file: LandingFile, shape: Shape, period: Period) -> None:
        """A day's text file with its bad lines and byte-order mark."""
        clean = self.engine.scratch / file.name
        write_query(self.engine, query, clean, shape.file_format)
        content, planted = plant_bad_lines(clean.read_bytes(), file, period.first)
        write_bytes((BYTE_ORDER_MARK if shape.has_byte_order_mark else b"") + content, file.path)
        clean.unlink()
        self.dirt.extend(planted)
