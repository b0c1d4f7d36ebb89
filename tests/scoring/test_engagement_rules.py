"""What docs/scoring.md says of fading and idle points, counted by hand for the reference and the SQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.scoring.sql_scoring import Score
from tests.scoring.tables import Row, activities_frame, leads_frame, policy
from tests.scoring.worked import AS_OF, INTEREST, LEAD, NO_ACTIVITY, NO_FACTS, engagement, fading, on, points


def test_half_life_with_caps_for_a_day_and_the_rule(score: Score) -> None:
    # 14 days ago: 2 x 12 = 24, 18 within the cap, half of each left; today: 12
    activities = [on(14, "page_viewed", 2), on(0, "page_viewed")]
    scored = engagement(score, [fading(cap_per_day=18, cap_per_rule=20)], activities)
    assert points(scored) == {("interest", "r"): 24, ("interest", "r.day_cap"): -3, ("interest", "r.rule_cap"): -1}


def test_the_cap_of_a_day_looks_at_all_topics_and_channels_together(score: Score) -> None:
    activities = [on(0, "page_viewed", 1, "product"), on(0, "page_viewed", 1, "pricing")]
    scored = engagement(score, [fading(cap_per_day=18)], activities)
    assert points(scored) == {("interest", "r"): 24, ("interest", "r.day_cap"): -6}


@pytest.mark.parametrize(("age", "left"), [(0, "12"), (15, "6"), (29, "0.4"), (30, "0"), (45, "0")])
def test_linear_fading_ends_at_nothing(score: Score, age: int, left: str) -> None:
    scored = engagement(score, [fading(decay="linear", decay_days=30)], [on(age, "page_viewed")])
    assert points(scored) == {("interest", "r"): Decimal(left)}


def test_negative_points_are_capped_in_size_and_do_not_fade(score: Score) -> None:
    cells: Row = {"points": -30, "decay": "none", "decay_days": None, "cap_per_day": 30, "cap_per_rule": 40}
    scored = engagement(score, [fading(**cells)], [on(80, "page_viewed", 2), on(1, "page_viewed")])
    assert points(scored) == {
        ("interest", "r"): -90,
        ("interest", "r.day_cap"): 30,
        ("interest", "r.rule_cap"): 20,
        ("limit", "floor"): 40,
    }


@pytest.mark.parametrize(
    ("bounds", "given", "expected"),
    [
        # a group without a lower bound once had no upper one either
        ({"max_points": 10}, 12, {"criterion_cap": -2}),
        ({"max_points": 10, "min_points": -5}, 12, {"criterion_cap": -2}),
        ({"min_points": -5}, -12, {"criterion_floor": 7}),
        ({"max_points": 10, "min_points": -5}, -12, {"criterion_floor": 7}),
        ({"max_points": 12}, 12, {}),
        ({}, 12, {}),
    ],
)
def test_group_caps_with_blank_cells(score: Score, bounds: Row, given: int, expected: dict[str, int]) -> None:
    rules = [fading(points=given, decay="none", decay_days=None)]
    scored = engagement(score, rules, [on(0, "page_viewed")], **bounds)
    found = points(scored)
    assert {rule_id: value for (_, rule_id), value in found.items() if rule_id.startswith("criterion_")} == expected


def test_a_rule_with_topic_and_channel_looks_at_no_other(score: Score) -> None:
    rules = [fading("product", topic="product"), fading("email", channel="email"), fading("any")]
    scored = engagement(score, rules, [on(0, "page_viewed", 1, "product"), on(0, "page_viewed", 2, "pricing")])
    assert points(scored) == {("interest", "product"): 12, ("interest", "any"): 36}


@pytest.mark.parametrize(("idle", "expected"), [(29, None), (30, -5), (59, -5), (60, -10), (1000, -20)])
def test_idle_months_are_counted_from_the_last_activity(score: Score, idle: int, expected: int | None) -> None:
    rows = [{"rule_id": "idle", "criterion": "interest", "idle_days": 30, "points": -5, "max_periods": 4}]
    seeds = policy({"engagement_floor": -100}, scoring_criteria=[INTEREST], engagement_idle_rules=rows)
    scored = score(seeds, LEAD, NO_FACTS, activities_frame([on(idle, "any_kind")]), AS_OF)
    assert points(scored).get(("interest", "idle")) == expected
    # a lead that never did anything is as idle as its record is old
    created = datetime.combine(AS_OF.date() - timedelta(days=idle), datetime.max.time())
    never = score(seeds, leads_frame({"lead": created}), NO_FACTS, NO_ACTIVITY, AS_OF)
    assert points(never).get(("interest", "idle")) == expected
