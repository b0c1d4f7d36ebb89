"""From seeds and inputs to contributions, scores and grades."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any

import pandas as pd

from tests.scoring.reference.cells import (
    Record,
    boolean,
    by_lead,
    decimal,
    having,
    places,
    records,
)
from tests.scoring.reference.engagement import engagement
from tests.scoring.reference.profile import profile
from tests.scoring.reference.rows import (
    CONTRIBUTION_KEY,
    DIMENSIONS,
    SCORE_KEY,
    Contribution,
    Scored,
    total_of,
)

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

_SCORE_COLUMNS = (
    *SCORE_KEY,
    "profile_score",
    "profile_grade",
    "engagement_score",
    "engagement_level",
    "grade",
    "combined_score",
    "action",
    "priority",
)


def score(
    seeds: Mapping[str, pd.DataFrame],
    leads: pd.DataFrame,
    attributes: pd.DataFrame,
    activities: pd.DataFrame,
    as_of: datetime,
) -> Scored:
    """Score every lead under every active model.

    Args:
        seeds: the eight tables of ``seeds/scoring`` by name; cells may be text, numbers or missing.
        leads: ``lead_id``, ``created_at``.
        attributes: ``lead_id``, ``attribute``, ``value`` (text, may be missing, several for an attribute).
        activities: ``lead_id``, ``activity_date``, ``activity_type``, ``topic``, ``channel``, ``activity_count``,
            ``quantity``.
        as_of: the clock, UTC; only its date matters to ages.

    Returns:
        Contributions and scores, sorted by their keys.
    """
    with localcontext(_EXACT):
        tables = {name: records(frame) for name, frame in seeds.items()}
        values_of = by_lead(records(attributes))
        activities_of = by_lead(records(activities))
        contributions: list[Contribution] = []
        scores: list[Record] = []
        for model in tables["scoring_models"]:
            if not boolean(model["is_active"]):
                continue
            seeds_of_model = {name: having(rows, scoring_model=model["scoring_model"]) for name, rows in tables.items()}
            for lead in records(leads):
                lead_id = lead["lead_id"]
                rows = [
                    *profile(model, seeds_of_model, lead_id, values_of[lead_id]),
                    *engagement(model, seeds_of_model, lead, activities_of[lead_id], as_of.date()),
                ]
                contributions += rows
                scores.append(_score_row(model, seeds_of_model, lead_id, rows))
    return Scored(
        contributions=_frame(contributions, list(Contribution._fields), CONTRIBUTION_KEY),
        scores=_frame(scores, list(_SCORE_COLUMNS), SCORE_KEY),
    )


def _score_row(model: Record, seeds: Mapping[str, list[Record]], lead_id: str, rows: list[Contribution]) -> Record:
    totals = {dimension: total_of(row for row in rows if row.dimension == dimension) for dimension in DIMENSIONS}
    grades = {dimension: _grade(seeds["grade_bands"], dimension, totals[dimension]) for dimension in DIMENSIONS}
    grade = f"{grades['profile']}{grades['engagement']}"
    cells = having(seeds["grade_actions"], grade=grade)
    if len(cells) != 1:
        raise ValueError(f"grade_actions: {len(cells)} rows for grade {grade} of model {model['scoring_model']}")
    weight = decimal(model["profile_weight"])
    combined = (weight * totals["profile"] + (100 - weight) * totals["engagement"]) / 100
    return {
        "lead_id": lead_id,
        "scoring_model": model["scoring_model"],
        "profile_score": totals["profile"],
        "profile_grade": grades["profile"],
        "engagement_score": totals["engagement"],
        "engagement_level": grades["engagement"],
        "grade": grade,
        "combined_score": places(combined, 4),
        "action": cells[0]["action"],
        "priority": str(cells[0]["priority"]),
    }


def _grade(bands: list[Record], dimension: str, total: Decimal) -> str:
    holding = [
        str(band["grade"])
        for band in having(bands, dimension=dimension)
        if (band["from_score"] is None or total >= decimal(band["from_score"]))
        and (band["to_score"] is None or total < decimal(band["to_score"]))
    ]
    if len(holding) != 1:
        raise ValueError(f"grade_bands: {dimension} score {total} lies in {len(holding)} bands")
    return holding[0]


def _frame(rows: list[Any], columns: list[str], key: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns).astype(object).sort_values(key, ignore_index=True)
