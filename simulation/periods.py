"""How deliveries are cut into files: months of history, then single days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAYS_BY_THEMSELVES = 7


@dataclass(frozen=True)
class Period:
    """Days of delivery that share a file, both ends included."""

    first: date
    last: date

    @property
    def name(self) -> str:
        """`2026-09-28` for a day, `2026-07-01_2026-07-31` for more."""
        return str(self.first) if self.is_day else f"{self.first}_{self.last}"

    @property
    def is_day(self) -> bool:
        """Whether the period is a single day."""
        return self.first == self.last

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.last - self.first).days + 1


def periods_by_month(first: date, last: date, most_days: int) -> list[Period]:
    """Months (or what the range and `most_days` leave of them), and the last seven days one by one."""
    daily_from = max(first, last - timedelta(days=DAYS_BY_THEMSELVES - 1))
    return [*_months(first, daily_from - timedelta(days=1), most_days), *_days(daily_from, last)]


def periods_by_extract(first: date, last: date) -> list[Period]:
    """One full extract, and the last seven days one by one."""
    daily_from = max(first, last - timedelta(days=DAYS_BY_THEMSELVES - 1))
    full = [Period(first, daily_from - timedelta(days=1))] if daily_from > first else []
    return [*full, *_days(daily_from, last)]


def _days(first: date, last: date) -> Iterator[Period]:
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        yield Period(day, day)


def _months(first: date, last: date, most_days: int) -> Iterator[Period]:
    while first <= last:
        next_month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        until = min(last, next_month - timedelta(days=1), first + timedelta(days=most_days - 1))
        yield Period(first, until)
        first = until + timedelta(days=1)
