"""What the tests of worked examples share: one lead, one as-of time, and short ways to write rules and read results."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.scoring.reference import Scored, records
from tests.scoring.sql_scoring import Score
from tests.scoring.tables import Row, activities_frame, attributes_frame, leads_frame, policy

AS_OF = datetime(2026, 3, 31, 12, 34, 56)
LEAD = leads_frame({"lead": datetime(2026, 3, 1)})
NOBODY, NO_FACTS, NO_ACTIVITY = leads_frame({}), attributes_frame([]), activities_frame([])

FIT = {"dimension": "profile", "criterion": "fit", "shape": "profile", "max_points": 40}
INTEREST = {"dimension": "engagement", "criterion": "interest", "shape": "decay"}


def rule(rule_id: str, percent: Any = 100, **cells: Any) -> Row:
    """A profile rule of ``FIT``: ``title`` equals, unless it says otherwise."""
    usual = {"criterion": "fit", "attribute": "title", "operator": "equals", "is_disqualifying": False}
    return usual | {"rule_id": rule_id, "percent": percent} | cells


def fading(rule_id: str = "r", **cells: Any) -> Row:
    """A decay rule of ``INTEREST``: 12 points a page view that halve in 14 days, unless it says otherwise."""
    usual = {"criterion": "interest", "activity_type": "page_viewed", "points": 12, "decay": "half_life"}
    return usual | {"rule_id": rule_id, "decay_days": 14} | cells


def on(age: int, activity_type: str, count: int = 1, topic: str = "other", quantity: Any = None) -> tuple[Any, ...]:
    """One day's activity of ``LEAD``, so many days before the as-of date."""
    return "lead", AS_OF.date() - timedelta(days=age), activity_type, topic, "web", count, quantity or count


def engagement(score: Score, rules: list[Row], activities: list[tuple[Any, ...]], **cells: Any) -> Scored:
    """Score one lead by decay rules alone."""
    seeds = policy(scoring_criteria=[INTEREST | cells], engagement_decay_rules=rules)
    return score(seeds, LEAD, NO_FACTS, activities_frame(activities), AS_OF)


def points(scored: Scored, model: str = "m") -> dict[tuple[str, str], Decimal]:
    """(criterion, rule_id) to points; a row that comes twice is an error."""
    rows = [row for row in records(scored.contributions) if row["scoring_model"] == model]
    found = {(row["criterion"], row["rule_id"]): row["points"] for row in rows}
    assert len(found) == len(rows)
    return found


def only_score(scored: Scored, model: str = "m") -> Row:
    """The one score of the model."""
    rows = [row for row in records(scored.scores) if row["scoring_model"] == model]
    assert len(rows) == 1
    return rows[0]
