"""Which form a file has: format, byte-order mark, order and choice of columns."""

from __future__ import annotations

from dataclasses import dataclass

from simulation.periods import Period
from simulation.settings import FileFormats, Settings

WEEK = 7


@dataclass(frozen=True)
class Shape:
    """The form of one file."""

    file_format: str = "parquet"
    has_byte_order_mark: bool = False
    is_reordered: bool = False
    without: tuple[str, ...] = ()


# Sources of text change with the day of delivery; the key is that day's number modulo seven.
_DAILY: dict[tuple[str, str], dict[int, Shape]] = {
    ("email", "events"): {
        0: Shape("csv", has_byte_order_mark=True),
        1: Shape("jsonl"),
        2: Shape("csv", is_reordered=True, without=("user_agent", "http_method")),
        3: Shape("parquet", without=("loaded_at",)),
    },
    ("web", "events"): {
        0: Shape("jsonl"),
        2: Shape("csv", is_reordered=True),
        4: Shape("jsonl", has_byte_order_mark=True, without=("utm_term", "utm_content")),
        6: Shape("parquet", without=("dwell_seconds", "properties")),
    },
    ("messaging", "events"): {1: Shape("csv"), 5: Shape("jsonl")},
    ("crm", "leads"): {
        0: Shape("csv", has_byte_order_mark=True),
        1: Shape("jsonl"),
        2: Shape("csv", is_reordered=True),
        3: Shape("csv", without=("campaign_id", "website")),
        4: Shape("parquet"),
        5: Shape("csv"),
        6: Shape("jsonl", without=("region",)),
    },
}
_ALWAYS: dict[tuple[str, str], str] = {
    ("crm", "leads"): "csv",
    ("crm", "contacts"): "jsonl",
    ("crm", "accounts"): "csv",
    ("crm", "opportunity_contacts"): "csv",
    ("crm", "opportunity_history"): "jsonl",
    ("crm", "tasks"): "csv",
    ("crm", "campaign_members"): "csv",
    ("crm", "users"): "csv",
    ("crm", "lead_attributes"): "jsonl",
}


def shape_of(settings: Settings, source: str, table: str, period: Period) -> Shape:
    """The form of the file that delivers a period of a table."""
    if settings.formats is FileFormats.parquet:
        return Shape()
    usual = Shape(_ALWAYS.get((source, table), "parquet"))
    if not period.is_day:
        return usual
    shape = _DAILY.get((source, table), {}).get(period.first.toordinal() % WEEK, usual)
    return shape if settings.has_dirt else Shape(shape.file_format)
