"""What is simulated: the numbers from which everything else follows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

DEFAULT_END = datetime(2026, 10, 1, tzinfo=UTC)
MOST_LEADS = 20_000_000  # keys of visits hold 25 bits for a person
MOST_DAYS = 3650


class SimulationError(Exception):
    """Something the user can put right; the message says how."""


class FileFormats(StrEnum):
    """`mixed`: CSV, JSON Lines and Parquet as real sources send them; `parquet`: nothing else."""

    mixed = "mixed"
    parquet = "parquet"


class HotSpot(StrEnum):
    """Where real data is uneven; the same number of events as without.

    `account`: a tenth of all mails and visits is one account's. `device`: one device that thousands of people share.
    `bot`: a tenth of all events is one robot's clicks in one mail. `day`: half of all events happened on one day.
    """

    account = "account"
    device = "device"
    bot = "bot"
    day = "day"


@dataclass(frozen=True)
class Settings:
    """One company and its history. The same settings give the same bytes."""

    leads: int = 1000
    days: int = 180
    seed: int = 7
    end: datetime = DEFAULT_END
    events_per_lead: int = 100
    has_dirt: bool = True
    formats: FileFormats = FileFormats.mixed
    hot_spot: HotSpot | None = None
    first_day: date | None = field(default=None, compare=False)
    last_day: date | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Raises SimulationError for numbers that make no company."""
        for name, value, least, most in (
            ("--leads", self.leads, 20, MOST_LEADS),
            ("--days", self.days, 8, MOST_DAYS),
            ("--events-per-lead", self.events_per_lead, 10, 5000),
            ("--seed", self.seed, 0, 2**31 - 1),
        ):
            if not least <= value <= most:
                raise SimulationError(f"{name} is {value}; it must be from {least} to {most}.")
        if not self.start.date() <= self.first_delivery <= self.last_delivery <= self._last_instant.date():
            raise SimulationError(
                f"--first-day {self.first_delivery} and --last-day {self.last_delivery} must be in this order "
                f"and within the history, {self.start.date()} to {self._last_instant.date()}."
            )

    @property
    def start(self) -> datetime:
        """First instant of the history."""
        return self.end - timedelta(days=self.days)

    @property
    def _last_instant(self) -> datetime:
        return self.end - timedelta(microseconds=1)

    @property
    def first_delivery(self) -> date:
        """First day whose deliveries are written."""
        return self.first_day or self.start.date()

    @property
    def last_delivery(self) -> date:
        """Last day whose deliveries are written."""
        return self.last_day or self._last_instant.date()

    @property
    def companies(self) -> int:
        """How many companies the people work for."""
        return max(8, self.leads // 4)

    @property
    def events_per_day(self) -> float:
        """About how many events of all channels a day has."""
        return self.leads * self.events_per_lead / self.days

    @property
    def users(self) -> int:
        """How many people work in the CRM."""
        return 12 + self.leads // 2000

    def identity(self) -> dict[str, str]:
        """What must not differ between a first run and the days appended to it."""
        told = {name: value for name, value in asdict(self).items() if name not in {"first_day", "last_day"}}
        facts = {name: str(value) for name, value in told.items() if value is not None}
        return facts | {"end": self.end.isoformat()}
