"""Rows of contributions, and what both dimensions share in making them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd

from tests.scoring.reference.cells import (
    Record,
    decimal,
    optional,
    places,
)

CONTRIBUTION_KEY = ["lead_id", "scoring_model", "dimension", "criterion", "rule_id"]
SCORE_KEY = ["lead_id", "scoring_model"]
DIMENSIONS = ("profile", "engagement")


class Contribution(NamedTuple):
    """One row of ``lead_score_contributions`` without its words.

    ``points`` are points of the dimension's score; ``max_points`` is the criterion's, 0 when it names none.
    """

    lead_id: str
    scoring_model: str
    dimension: str
    criterion: str
    rule_id: str
    points: Decimal
    max_points: Decimal


@dataclass(frozen=True)
class Scored:
    """What the reference returns: the frames that ``lead_score_contributions`` and ``lead_scores`` must equal."""

    contributions: pd.DataFrame
    scores: pd.DataFrame

    def equals(self, other: Scored) -> bool:
        """Every cell the same."""
        return self.contributions.equals(other.contributions) and self.scores.equals(other.scores)

    def of(self, lead_id: str) -> Scored:
        """The rows of one lead."""
        parts = (self.contributions, self.scores)
        contributions, scores = (part[part["lead_id"] == lead_id].reset_index(drop=True) for part in parts)
        return Scored(contributions, scores)


def best_rule(matching: Iterable[Record]) -> Record | None:
    """Of the rules worth something or nothing: the highest percent, then the smallest id."""
    candidates = [rule for rule in matching if decimal(rule["percent"]) >= 0]
    return min(candidates, key=lambda rule: (-decimal(rule["percent"]), rule["rule_id"]), default=None)


def share(criterion: Record, rule: Record) -> Decimal:
    """What a rule is worth of its criterion."""
    return places(decimal(criterion["max_points"]) * decimal(rule["percent"]) / 100, 4)


def row_of(
    model: Record, lead_id: str, criterion: Record, rule_id: str, points: Decimal, *, is_cap: bool = False
) -> Contribution:
    """A row of a criterion; a cap has no maximum of its own."""
    max_points = Decimal(0) if is_cap else optional(criterion["max_points"]) or Decimal(0)
    return Contribution(
        lead_id,
        model["scoring_model"],
        criterion["dimension"],
        criterion["criterion"],
        rule_id,
        places(points, 4),
        max_points,
    )


def limit(model: Record, lead_id: str, dimension: str, total: Decimal) -> list[Contribution]:
    """The row that brings a dimension between its floor and its cap."""
    bounds = bounded("", total, model[f"{dimension}_floor"], model[f"{dimension}_cap"])
    name, zero = model["scoring_model"], Decimal(0)
    return [Contribution(lead_id, name, dimension, "limit", rule_id, points, zero) for rule_id, points in bounds]


def bounded(prefix: str, total: Decimal, floor: Any, cap: Any) -> list[tuple[str, Decimal]]:
    """The row that brings a sum back between its bounds; none when it is there already."""
    lower, upper = optional(floor), optional(cap)
    if upper is not None and total > upper:
        return [(f"{prefix}cap", places(upper - total, 4))]
    if lower is not None and total < lower:
        return [(f"{prefix}floor", places(lower - total, 4))]
    return []


def total_of(rows: Iterable[Contribution]) -> Decimal:
    """The sum of rows."""
    return sum((row.points for row in rows), Decimal(0))
