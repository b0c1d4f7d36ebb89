"""Business hours between two instants, in the owner's time zone, with days off, across every change of the clocks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scoring.examples import drawn
from tests.sql_harness import PROJECT, CompiledProject

AS_OF = datetime(2026, 11, 20, 12)
# Both changes of the clocks of both continents, and Easter and Christmas.
CHANGES = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1), date(2026, 4, 3)]
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Europe/London", "Asia/Singapore")
UNKNOWN_ZONES = ("Mars/Olympus", None)
TARGET_HOURS = 4


def _seed(name: str) -> list[dict[str, Any]]:
    frame = pd.read_csv(PROJECT / "seeds" / "lifecycle" / f"{name}.csv", dtype=str)
    return [{str(column): cell for column, cell in row.items()} for row in frame.to_dict("records")]


CALENDARS = {row["time_zone"]: row["calendar"] for row in _seed("business_calendars")}
HOURS = {
    (row["calendar"], int(row["weekday"])): (time.fromisoformat(row["opens_at"]), time.fromisoformat(row["closes_at"]))
    for row in _seed("business_hours")
}
HOLIDAYS = {(row["calendar"], date.fromisoformat(row["holiday"])) for row in _seed("business_holidays")}


def business_seconds(start: datetime, end: datetime, zone_name: str) -> int:
    """Day by day: what of the working hours lies between two instants in UTC."""
    zone, calendar = ZoneInfo(zone_name), CALENDARS[zone_name]
    start, end = start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
    day, total = start.astimezone(zone).date(), timedelta()
    while day <= end.astimezone(zone).date():
        hours = HOURS.get((calendar, day.isoweekday()))
        if hours and (calendar, day) not in HOLIDAYS:
            opens, closes = (datetime.combine(day, clock, zone).astimezone(UTC) for clock in hours)
            total += max(min(end, closes) - max(start, opens), timedelta())
        day += timedelta(days=1)
    return int(total.total_seconds())


@pytest.fixture(scope="module")
def clock() -> Iterator[CompiledProject]:
    inputs: dict[str, dict[str, str]] = {
        "int_hand_offs": {},
        "leads": {},
        "int_hand_off_owners": {},
        "int_hand_off_events": {},
    }
    users = {"user_id": "varchar", "time_zone": "varchar", "team": "varchar"}
    project = CompiledProject.compile(["follow_up_by_team"], inputs=inputs | {"stg_crm__users": users})
    yield project
    project.close()


def followed(
    clock: CompiledProject, cases: list[tuple[datetime, datetime | None, str | None]]
) -> dict[str, pd.DataFrame]:
    """What becomes of hand-offs: when, when first touched, and the owner's time zone."""
    hand_offs, leads, users = [], [], []
    for number, (start, touched, zone) in enumerate(cases):
        hand_offs.append(
            {"lifecycle_model": "waterfall", "lead_id": f"l{number}", "change_number": 2, "cycle_number": 1}
            | {"stage": "MQL", "handed_off_at": start, "first_touch_at": touched, "exited_at": touched}
            | {"scoring_model": "standard", "grade": "A2", "crm_known_at": start}
        )
        leads.append({"lead_id": f"l{number}", "owner_id": f"u{number}", "is_test": False})
        users.append({"user_id": f"u{number}", "time_zone": zone, "team": "sdr"})
    frames: dict[str, list[dict[str, Any]]] = {"int_hand_offs": hand_offs, "leads": leads, "stg_crm__users": users}
    return clock.run({name: pd.DataFrame(rows, dtype=object) for name, rows in frames.items()}, AS_OF)


@drawn(30)
@given(number=st.integers(0, 10**9))
def test_business_hours_are_those_of_the_place(clock: CompiledProject, number: int) -> None:
    # A rep in New York was said to be late on each Monday after the clocks had changed.
    chance = random.Random(number)
    cases: list[tuple[datetime, datetime | None, str | None]] = []
    for _ in range(60):
        around = datetime.combine(chance.choice(CHANGES), time()) + timedelta(days=chance.uniform(-4, 4))
        start = around.replace(microsecond=0)
        touched = start + timedelta(seconds=chance.choice([0, chance.randrange(7200), chance.randrange(20 * 86_400)]))
        open_ones = chance.random() < 0.2
        cases.append((start, None if open_ones else min(touched, AS_OF), chance.choice([*ZONES, *UNKNOWN_ZONES])))
    rows = followed(clock, cases)["follow_up_sla"].set_index("lead_id")
    for place, (start, answered, zone) in enumerate(cases):
        row = rows.loc[f"l{place}"]
        known = zone if zone and zone in CALENDARS else "UTC"
        expected = business_seconds(start, answered or AS_OF, known)
        assert row["time_zone"] == known
        assert row["business_seconds"] == expected, (start, answered, zone)
        assert row["wall_seconds"] == int(((answered or AS_OF) - start).total_seconds())
        late = expected > TARGET_HOURS * 3600
        assert row["verdict"] == (("late" if late else "in time") if answered else ("overdue" if late else "waiting"))


def test_a_week_of_the_change_of_clocks_by_hand(clock: CompiledProject) -> None:
    """Friday 15:00 to Monday 10:00 in Berlin over 29 March 2026: one hour on Friday (short day), one on Monday."""
    cases: list[tuple[datetime, datetime | None, str | None]] = [
        (datetime(2026, 3, 27, 14), datetime(2026, 3, 30, 8), "Europe/Berlin"),
        # Thursday before Easter 17:00 London to Tuesday 09:30: Friday and Monday are off.
        (datetime(2026, 4, 2, 16), datetime(2026, 4, 7, 8, 30), "Europe/London"),
    ]
    rows = followed(clock, cases)["follow_up_sla"].sort_values("lead_id")
    assert list(rows["business_seconds"]) == [2 * 3600, 3600]


def test_teams_are_told_their_quantiles_and_breaches(clock: CompiledProject) -> None:
    """Ten answered in 1 to 10 business hours on one long day of Singapore's weekdays, one never."""
    monday = datetime(2026, 6, 1, 1)
    cases: list[tuple[datetime, datetime | None, str | None]] = [
        (monday, monday + timedelta(minutes=30 * n), "Asia/Singapore") for n in range(1, 11)
    ]
    built = followed(clock, [*cases, (monday, None, "Asia/Singapore")])
    (team,) = built["follow_up_by_team"].to_dict("records")
    assert (team["hand_offs"], team["answered"], team["breaches"], team["overdue"]) == (11, 10, 3, 1)
    assert float(team["share_in_time"]) == round(8 / 11, 4)
    assert (team["business_seconds_p50"], team["business_seconds_p90"]) == (5 * 1800, 9 * 1800)
