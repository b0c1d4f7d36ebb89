"""Uneven data: the hot spot is there, and nothing else has changed, the number of events least of all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulation.settings import HotSpot
from tests.simulation.conftest import CLEAN, Simulated, made
from tests.simulation.test_reproduction import fingerprints

EVENTS = """
(
    select
        'email' as source, filename, occurred_at, loaded_at, event_id,
        lower(recipient) as who, message_id, null as named
    from read_parquet('{landing}/email/events/*.parquet', filename = true)
    union all
    select
        'web', filename, occurred_at, loaded_at, event_id, anonymous_id, null, coalesce(lower(trim(email)), user_id)
    from read_parquet('{landing}/web/events/*.parquet', filename = true)
) as events
"""
# The largest share that one of them has of the events.
SHARES = {
    HotSpot.account: "case when source = 'email' then split_part(who, '@', 2) else who end",
    HotSpot.device: "case when source = 'web' then who end",
    HotSpot.bot: "message_id",
    HotSpot.day: "occurred_at::date",
}


@pytest.fixture(scope="module")
def hot(tmp_path_factory: pytest.TempPathFactory) -> dict[HotSpot, Simulated]:
    """The clean company once more for each hot spot."""
    return {each: made(tmp_path_factory.mktemp(each), replace(CLEAN, hot_spot=each)) for each in HotSpot}


def largest_share(company: Simulated, what: str) -> float:
    """The largest share of all events that have the same value."""
    counted = f"select {what} as it, count(*) as n from {EVENTS} group by 1"
    ((share,),) = company.query(f"select max(n) / sum(n) from ({counted}) where it is not null")
    return float(str(share))


@pytest.mark.parametrize("hot_spot", HotSpot)
def test_each_file_has_the_same_events_as_without(
    hot_spot: HotSpot, hot: dict[HotSpot, Simulated], clean: Simulated
) -> None:
    delivered = f"select split_part(filename, '/landing/', 2), event_id, loaded_at from {EVENTS} order by all"
    assert hot[hot_spot].query(delivered) == clean.query(delivered)
    crm = [name for name in fingerprints(clean.out) if name.startswith("landing/crm/")]
    assert crm
    ours, theirs = fingerprints(hot[hot_spot].out), fingerprints(clean.out)
    assert [name for name in crm if ours[name] != theirs[name]] == []


@pytest.mark.parametrize(
    ("hot_spot", "least"),
    [(HotSpot.account, 0.03), (HotSpot.device, 0.02), (HotSpot.bot, 0.08), (HotSpot.day, 0.45)],
)
def test_the_hot_spot_is_hot(hot_spot: HotSpot, least: float, hot: dict[HotSpot, Simulated], clean: Simulated) -> None:
    even, uneven = largest_share(clean, SHARES[hot_spot]), largest_share(hot[hot_spot], SHARES[hot_spot])
    assert uneven > least, f"{uneven:.3f}"
    assert uneven > 1.5 * even, f"{uneven:.3f} where the even company has {even:.3f}"


def test_many_people_use_the_shared_device(hot: dict[HotSpot, Simulated]) -> None:
    company = hot[HotSpot.device]
    ((device, people),) = company.query(
        f"select who, count(distinct named) from {EVENTS} where source = 'web' group by 1 order by 2 desc limit 1"
    )
    assert int(str(people)) > 50
    told = f"from '{{truth}}/devices.parquet' where anonymous_id = '{device}'"
    assert company.number(f"select count(distinct person_id) {told}") > 50
    # Whoever is named there has it at that moment.
    named = company.number(f"select count(*) from {EVENTS} where who = '{device}' and named is not null")
    held = company.number(
        f'select count(*) from {EVENTS} inner join (select * {told}) as held on occurred_at >= held."from"'
        f""" and (held."to" is null or occurred_at < held."to") where who = '{device}' and named is not null"""
    )
    assert held == named


def test_nothing_is_delivered_before_it_happens(hot: dict[HotSpot, Simulated]) -> None:
    for company in hot.values():
        assert company.number(f"select count(*) from {EVENTS} where occurred_at > loaded_at") == 0


def test_same_bytes_with_any_number_of_threads(hot: dict[HotSpot, Simulated], tmp_path: Path) -> None:
    for hot_spot in (HotSpot.device, HotSpot.day):
        again = made(tmp_path / hot_spot, replace(CLEAN, hot_spot=hot_spot), threads=1)
        assert fingerprints(again.out) == fingerprints(hot[hot_spot].out)
