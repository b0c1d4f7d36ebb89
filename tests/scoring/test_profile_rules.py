"""What docs/scoring.md says of profile rules, counted by hand for the reference and the SQL."""

from __future__ import annotations

import pytest

from tests.scoring.sql_scoring import Score
from tests.scoring.tables import Row, attributes_frame, policy
from tests.scoring.worked import AS_OF, FIT, LEAD, NO_ACTIVITY, NO_FACTS, only_score, points, rule


def matches(score: Score, cells: Row, value: str | None) -> bool:
    """Does the rule match a lead whose title is this text?"""
    facts = NO_FACTS if value is None else attributes_frame([("lead", "title", value)])
    seeds = policy(scoring_criteria=[FIT], profile_rules=[rule("r", **cells)])
    return ("fit", "r") in points(score(seeds, LEAD, facts, NO_ACTIVITY, AS_OF))


@pytest.mark.parametrize(
    ("cells", "value", "expected"),
    [
        ({"value": " Chief "}, "  cHIEF ", True),
        ({"value": "a|b"}, "a|b", True),
        ({"value": "a|b"}, "a", False),
        ({"operator": "in", "value": "a| B"}, "b", True),
        ({"operator": "in", "value": "ab|c"}, "a", False),
        ({"operator": "like", "value": "vp %|%chief%"}, "the Chief of all", True),
        ({"operator": "like", "value": "vp %"}, "svp sales", False),
        ({"operator": "like", "value": "a_b"}, "axb", True),
        ({"operator": "like", "value": "a.b"}, "axb", False),
        ({"operator": "like", "value": "%a%"}, "two\nlines with a", True),
        ({"operator": "between", "range_from": "25", "range_to": "50"}, "25", True),
        ({"operator": "between", "range_from": "25", "range_to": "50"}, " 49.99 ", True),
        ({"operator": "between", "range_from": "25", "range_to": "50"}, "50", False),
        ({"operator": "between", "range_from": "25", "range_to": "50"}, "24.9999", False),
        ({"operator": "between", "range_from": "25"}, "1e3", True),
        ({"operator": "between", "range_to": "0"}, "-.5", True),
        ({"operator": "between"}, "0", True),
        ({"operator": "between"}, "many", False),
        ({"operator": "between", "range_from": "25"}, "1,000", False),
        # a missing number that some export wrote as text once made a lead an enterprise
        ({"operator": "between", "range_from": "25"}, "NaN", False),
        ({"operator": "between", "range_from": "25"}, "inf", False),
        ({"operator": "known"}, "x", True),
        ({"operator": "known"}, None, False),
        ({"operator": "unknown"}, None, True),
        ({"operator": "unknown"}, "x", False),
    ],
)
def test_operators(score: Score, cells: Row, value: str | None, expected: bool) -> None:
    assert matches(score, cells, value) is expected


def test_best_rule_counts_then_smallest_id_and_every_negative_rule_is_added(score: Score) -> None:
    rules = [
        *(rule("b", 60, value="x"), rule("a", 60, value="x"), rule("c", 30, operator="known")),
        *(rule("minus_1", -10, value="x"), rule("minus_2", "-2.5", operator="known"), rule("minus_3", -50, value="y")),
    ]
    seeds = policy(scoring_criteria=[FIT], profile_rules=rules)
    scored = score(seeds, LEAD, attributes_frame([("lead", "title", "x")]), NO_ACTIVITY, AS_OF)
    assert points(scored) == {("fit", "a"): 24, ("fit", "minus_1"): -4, ("fit", "minus_2"): -1}
    assert only_score(scored)["profile_score"] == 19


def test_a_value_that_fits_no_rule_is_not_unknown(score: Score) -> None:
    rules = [rule("r", value="x"), rule("other", attribute="need", value="x")]
    seeds = policy(scoring_criteria=[FIT], profile_rules=rules)
    scored = score(seeds, LEAD, attributes_frame([("lead", "need", "y")]), NO_ACTIVITY, AS_OF)
    assert points(scored) == {("fit", "no_match"): 0}


def test_several_values_of_an_attribute_match_once(score: Score) -> None:
    seeds = policy(scoring_criteria=[FIT], profile_rules=[rule("r", 50, operator="in", value="x|y")])
    facts = attributes_frame([("lead", "title", "x"), ("lead", "title", "y"), ("lead", "title", "X ")])
    assert points(score(seeds, LEAD, facts, NO_ACTIVITY, AS_OF)) == {("fit", "r"): 20}


@pytest.mark.parametrize("floor", [0, -20])
def test_disqualified_is_the_floor_whatever_else_is_known(score: Score, floor: int) -> None:
    rules = [
        *(rule("good", 100, value="x"), rule("z_rival", -25, operator="known", is_disqualifying=True)),
        rule("a_rival", 0, value="x", is_disqualifying=True),
    ]
    seeds = policy({"profile_floor": floor}, scoring_criteria=[FIT], profile_rules=rules)
    scored = score(seeds, LEAD, attributes_frame([("lead", "title", "x")]), NO_ACTIVITY, AS_OF)
    assert points(scored) == {("fit", "good"): 40, ("fit", "z_rival"): -10, ("disqualified", "a_rival"): floor - 30}
    assert only_score(scored)["profile_score"] == floor


def test_negative_sum_stops_at_the_floor_and_says_so(score: Score) -> None:
    seeds = policy(scoring_criteria=[FIT], profile_rules=[rule("bad", -60, value="x")])
    scored = score(seeds, LEAD, attributes_frame([("lead", "title", "x")]), NO_ACTIVITY, AS_OF)
    assert points(scored) == {("fit", "no_match"): 0, ("fit", "bad"): -24, ("limit", "floor"): 24}
