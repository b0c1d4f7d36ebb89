"""Whatever the policy, the people and the clock: the plan breaks no promise, and whoever could get a step gets one."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.nurture.reference import NUMBERS, Reference, Step, last_digits, same_address
from tests.nurture.worlds import CHANNELS, INPUT_TYPES, World, draw_world
from tests.scoring.examples import drawn
from tests.scoring.reference import records
from tests.sql_harness import CompiledProject

WORLDS = st.integers(0, 1_000_000_000).map(lambda number: draw_world(random.Random(number)))
COMPARED = ("lead_id", "program", "step", "channel", "address", "content_id", "earliest_at", "best_at", "latest_at")


def planned(planning: CompiledProject, world: World) -> list[dict[str, Any]]:
    frame = planning.run(world.frames(), world.as_of, ["nurture_plan"])["nurture_plan"]
    return sorted(records(frame), key=lambda row: str(row["lead_id"]))


@drawn(120)
@given(world=WORLDS)
def test_the_plan_is_that_of_the_reference(planning: CompiledProject, world: World) -> None:
    """A lead without a step is revenue that nobody misses: what could be planned has to be."""
    steps = [Step(**{column: row[column] for column in COMPARED}) for row in planned(planning, world)]
    assert steps == Reference(world).plan()


@drawn(60)
@given(world=WORLDS)
def test_no_planned_step_breaks_a_promise(planning: CompiledProject, world: World) -> None:
    """A message at night, to somebody who said no, for the fourth time in a week, with what they read yesterday."""
    reference = Reference(world)
    rows = planned(planning, world)
    addresses = [
        (row["channel"], last_digits(row["address"]) if row["channel"] in NUMBERS else row["address"]) for row in rows
    ]
    assert len(set(addresses)) == len(addresses), "two people are reached at one address on one day"
    for row in rows:
        lead, channel = row["lead_id"], row["channel"]
        assert reference.refusal(lead, channel) is None, row
        assert row["address"] == reference.address(lead, channel)
        assert row["content_id"] not in reference.seen(lead), row
        assert (row["program"], row["step"]) not in {
            (touch["program"], touch["step"])
            for touch in reference.touches(lead)
            if touch["event_type"] in ("sent", "delivered")
        }, row
        assert row["campaign_id"] == f"nurture/{row['program']}/{row['step']}/{row['content_id'] or ''}"
        assert world.as_of <= row["earliest_at"] <= row["best_at"] < row["latest_at"]
        for moment in (row["earliest_at"], row["best_at"], row["latest_at"] - timedelta(seconds=1)):
            assert reference.is_open(lead, channel, moment), (moment, row)
            assert not reference.breaks_cap(lead, channel, moment.date()), (moment, row)
        rule = reference.program(lead)
        assert rule and rule["program"] == row["program"] and not reference.is_held_out(lead, rule)


@drawn(25)
@given(world=WORLDS, order=st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(planning: CompiledProject, world: World, order: int) -> None:
    dice = random.Random(order)
    shuffled = {name: dice.sample(rows, len(rows)) for name, rows in world.tables.items()}
    assert planned(planning, World(shuffled, world.as_of)) == planned(planning, world)


@drawn(50)
@given(world=WORLDS)
def test_every_lead_of_a_programme_is_planned_or_told_why_not(planning: CompiledProject, world: World) -> None:
    reference = Reference(world)
    built = planning.run(world.frames(), world.as_of)
    plan = set(built["nurture_plan"]["lead_id"])
    told = {row["lead_id"]: row for row in records(built["nurture_programs"])}
    assert told.keys() == {lead for lead in reference.people if reference.program(lead)}
    for lead, row in told.items():
        rule = reference.program(lead)
        assert rule is not None
        assert row["program"] == rule["program"]
        assert (row["status"] == "planned") == (lead in plan)
        assert (row["status"] == "held_out") == row["is_held_out"] == reference.is_held_out(lead, rule)
        assert row["steps_done"] == len(reference.sends(lead, rule["program"]))
        if row["status"] in ("finished", "no_address", "no_channel_or_content"):
            assert reference.next_step(lead, rule["program"]) is None


def test_a_step_that_is_passed_over_leaves_its_wait_to_the_next(planning: CompiledProject) -> None:
    # Who had no WeChat got a series of a quarter within a month: the waits of what could not be sent were gone.
    as_of = datetime(2026, 6, 3, 10)
    waits = {1: (0, "email"), 2: (2, "wechat"), 3: (3, "sms|wechat"), 4: (1, "email"), 5: (9, "email")}
    program = {"program": "p1", "priority": 1, "hold_out_percent": 0, "goal": "converted", "goal_days": 9}
    steps = [
        {"program": "p1", "step": step, "channels": channels, "wait_days": wait}
        for step, (wait, channels) in waits.items()
    ]
    drawn_policy = draw_world(random.Random(0)).tables
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in INPUT_TYPES} | {
        name: drawn_policy[name] for name in ("lifecycle_models", "scoring_models", "country_time_zones")
    }
    tables |= {name: drawn_policy[name] for name in ("business_calendars", "nurture_contents")}
    tables |= {"program_rules": [program], "program_steps": steps}
    tables["nurture_settings"] = [{"plan_days": 30, "prior_contacts": 4, "prior_response_points": 1}]
    tables["frequency_caps"] = [{"within_days": 1, "at_most": 9}]
    hours = {"weekdays": "1|2|3|4|5|6|7", "from_hour": 6, "to_hour": 22, "is_open_on_holidays": True}
    tables["contact_hours"] = [{"channel": channel} | hours for channel in CHANNELS]
    tables["consent_rules"] = [{"channel": channel, "is_consent_required": False} for channel in CHANNELS]
    # the last step that each was sent, a day ago; the first was sent none
    for last, lead in enumerate(("none", "one", "two", "three", "four")):
        address = f"{lead}@x.io"
        tables["leads"].append(dict.fromkeys(("is_deleted", "is_test", "is_opted_out"), False) | {"lead_id": lead})
        tables["leads"][-1]["country"] = "DE"
        tables["int_leads"].append({"lead_id": lead, "country": "DE"})
        tables["lead_grades"].append({"lead_id": lead, "scoring_model": "main", "grade": "A1"})
        tables["int_lead_attributes"].append({"lead_id": lead, "attribute": "email", "value": address})
        if last:
            event = {"source": "email", "channel": "email", "event_id": lead, "identifier": address}
            told = {
                "event_type": "sent",
                "campaign_id": f"nurture/p1/{last}/",
                "occurred_at": as_of - timedelta(days=1),
            }
            tables["int_nurture_events"].append(event | told)
    rows = {row["lead_id"]: row for row in planned(planning, World(tables, as_of))}
    found = {lead: (row["step"], (row["earliest_at"] - as_of).days + 1) for lead, row in rows.items()}
    assert found == {"none": (1, 1), "one": (4, 6), "two": (4, 4), "three": (4, 1), "four": (5, 9)}


def test_worlds_reach_every_rule(planning: CompiledProject) -> None:
    """A property that never meets a cap, a refusal or a trigger proves nothing."""
    met: Counter[str] = Counter()
    for number in range(60):
        world = draw_world(random.Random(number))
        reference = Reference(world)
        built = planning.run(world.frames(), world.as_of)
        for lead in reference.people:
            used = [channel for channel in CHANNELS if reference.address(lead, channel)]
            met.update(str(reference.refusal(lead, channel)) for channel in used)
            met["stopped in other words"] += any(
                row["channel"] == "sms"
                and row["activity_type"] == "message_unsubscribed"
                and row["identifier"] != reference.address(lead, "sms")
                and reference.refusal(lead, "sms") == "unsubscribed"
                and same_address("sms", row["identifier"], reference.address(lead, "sms") or "")
                for row in world.tables["int_identified_activities"]
            )
            met["on a holiday"] += (reference.place(lead), world.as_of.date()) in reference.holidays
            met["capped"] += any(reference.breaks_cap(lead, channel, world.as_of.date()) for channel in used)
        met.update(row["status"] for row in records(built["nurture_programs"]))
        for row in records(built["nurture_plan"]):
            met["with content"] += row["content_id"] is not None
            met["set off"] += row["trigger_activity"] is not None
            met["set off by a message"] += row["trigger_activity"] == "message_opened"
            met["later"] += row["earliest_at"] > world.as_of
            holders = [lead for lead in reference.people if reference.holds(lead, row["channel"], row["address"])]
            met["address of several"] += len(holders) > 1
    refusals = {"deleted", "test_record", "opted_out", "unsubscribed", "refused", "no_consent"}
    statuses = {"planned", "waiting", "held_out", "finished", "no_address", "no_channel_or_content"}
    missing = (refusals | statuses | {"capped", "with content", "set off", "later", "address of several"}) - met.keys()
    assert not missing, f"never met: {', '.join(sorted(missing))}"
    often = (
        "on a holiday",
        "set off by a message",
        "planned",
        "capped",
        "later",
        "unsubscribed",
        "set off",
        "stopped in other words",
    )
    assert min(met[name] for name in often) >= 3, met
