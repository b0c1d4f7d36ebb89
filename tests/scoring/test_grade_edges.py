"""From sums to grades: the edges of the bands, the limits, the two together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.scoring.reference import records
from tests.scoring.sql_scoring import Score
from tests.scoring.tables import Row, activities_frame, attributes_frame, leads_frame, policy
from tests.scoring.worked import (
    AS_OF,
    FIT,
    INTEREST,
    LEAD,
    engagement,
    fading,
    on,
    only_score,
    points,
    rule,
)

# score, profile grade, engagement level
EDGES = [
    *(("100", "A", "1"), ("75", "A", "1"), ("74.9999", "B", "2"), ("50.0001", "B", "2"), ("50", "B", "2")),
    *(("49.9999", "C", "3"), ("25", "C", "3"), ("24.9999", "D", "4"), ("0.0001", "D", "4"), ("0", "D", "4")),
]


def by_bands() -> dict[str, list[Row]]:
    """An engagement rule for each edge: activity of that name is worth that share of a hundred."""
    criterion = {"dimension": "engagement", "criterion": "bands", "shape": "bands", "max_points": 100}
    usual = {"criterion": "bands", "at_least": 1, "within_days": 1}
    rules = [usual | {"rule_id": f"r{edge}", "activity_type": edge, "percent": edge} for edge, _, _ in EDGES]
    return {"scoring_criteria": [criterion], "engagement_band_rules": rules}


def by_decay() -> dict[str, list[Row]]:
    """The same edges by points that do not fade."""
    rules = [fading(f"r{edge}", activity_type=edge, points=edge, decay="none", decay_days=None) for edge, _, _ in EDGES]
    return {"scoring_criteria": [INTEREST], "engagement_decay_rules": rules}


@pytest.mark.parametrize("shape", [by_bands, by_decay])
def test_an_edge_belongs_to_the_better_grade(score: Score, shape: Any) -> None:
    """One lead for each edge reaches it exactly, in both dimensions."""
    rules = shape()
    rules["scoring_criteria"].append({**FIT, "max_points": 100})
    seeds = policy(profile_rules=[rule(f"r{edge}", edge, value=edge) for edge, _, _ in EDGES], **rules)
    leads = {edge: f"lead_{edge}" for edge, _, _ in EDGES}
    scored = score(
        seeds,
        leads_frame(dict.fromkeys(leads.values(), AS_OF)),
        attributes_frame([(lead, "title", edge) for edge, lead in leads.items()]),
        activities_frame([(lead, AS_OF.date(), edge, "other", "web", 1, 1) for edge, lead in leads.items()]),
        AS_OF,
    )
    found = {
        row["lead_id"]: (row["profile_score"], row["engagement_score"], row["grade"]) for row in records(scored.scores)
    }
    assert found == {leads[edge]: (Decimal(edge), Decimal(edge), letter + level) for edge, letter, level in EDGES}


@pytest.mark.parametrize(("raw", "expected"), [("-30", "0"), ("130", "100"), ("-0.0001", "0"), ("100.0001", "100")])
def test_limits_bring_the_sum_back_exactly(score: Score, raw: str, expected: str) -> None:
    scored = engagement(score, [fading(points=raw, decay="none", decay_days=None)], [on(0, "page_viewed")])
    assert only_score(scored)["engagement_score"] == Decimal(expected)
    correction = Decimal(expected) - Decimal(raw)
    assert points(scored)[("limit", "floor" if correction > 0 else "cap")] == correction


@pytest.mark.parametrize(("weight", "expected"), [(50, "30"), (100, "40"), (0, "20"), ("33.3333", "26.6667")])
def test_combined_score_is_weighted_and_rounded(score: Score, weight: Any, expected: str) -> None:
    seeds = policy(
        {"profile_weight": weight},
        scoring_criteria=[FIT, INTEREST],
        profile_rules=[rule("known", operator="known")],
        engagement_decay_rules=[fading(points=20)],
    )
    facts, activities = attributes_frame([("lead", "title", "x")]), activities_frame([on(0, "page_viewed")])
    assert only_score(score(seeds, LEAD, facts, activities, AS_OF))["combined_score"] == Decimal(expected)


def test_a_model_without_rules_grades_everyone_lowest(score: Score) -> None:
    scored = score(policy(), LEAD, attributes_frame([("lead", "title", "x")]), activities_frame([]), AS_OF)
    assert scored.contributions.empty
    assert (only_score(scored)["grade"], only_score(scored)["combined_score"]) == ("D4", 0)
