"""The tables that scoring reads, as frames: their columns, and short ways to write them in a test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise, product
from typing import Any

import pandas as pd

from tests.sql_harness import PROJECT

Row = dict[str, Any]

SEED_COLUMNS: dict[str, list[str]] = {
    "scoring_models": [
        *("scoring_model", "label", "is_default", "is_active", "profile_weight"),
        *("profile_floor", "profile_cap", "engagement_floor", "engagement_cap"),
    ],
    "scoring_criteria": ["scoring_model", "dimension", "criterion", "label", "shape", "max_points", "min_points"],
    "profile_rules": [
        *("scoring_model", "rule_id", "criterion", "attribute", "operator", "value", "range_from", "range_to"),
        *("percent", "is_disqualifying", "label"),
    ],
    "engagement_band_rules": [
        *("scoring_model", "rule_id", "criterion", "activity_type", "topic", "channel", "at_least", "within_days"),
        *("percent", "label"),
    ],
    "engagement_decay_rules": [
        *(
            "scoring_model",
            "rule_id",
            "criterion",
            "activity_type",
            "topic",
            "channel",
            "points",
            "decay",
            "decay_days",
        ),
        *("cap_per_day", "cap_per_rule", "label"),
    ],
    "engagement_idle_rules": ["scoring_model", "rule_id", "criterion", "idle_days", "points", "max_periods", "label"],
    "grade_bands": ["scoring_model", "dimension", "grade", "from_score", "to_score"],
    "grade_actions": ["scoring_model", "grade", "action", "priority"],
}
INPUT_TYPES: dict[str, dict[str, str]] = {
    "int_leads": {"lead_id": "varchar", "created_at": "timestamp"},
    "int_lead_attributes": {"lead_id": "varchar", "attribute": "varchar", "value": "varchar"},
    "lead_activity_daily": {
        "lead_id": "varchar",
        "activity_date": "date",
        "activity_type": "varchar",
        "topic": "varchar",
        "channel": "varchar",
        "activity_count": "bigint",
        "quantity": "decimal(18, 4)",
    },
}


def leads_frame(created: Mapping[str, datetime]) -> pd.DataFrame:
    """Leads by id, with the time their record was created."""
    return _frame(created.items(), "int_leads")


def attributes_frame(facts: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    """(lead_id, attribute, value) rows."""
    return _frame(facts, "int_lead_attributes")


def activities_frame(rows: Iterable[tuple[str, date, str, str, str, int, Any]]) -> pd.DataFrame:
    """(lead_id, activity_date, activity_type, topic, channel, activity_count, quantity) rows."""
    return _frame(rows, "lead_activity_daily")


def project_seeds() -> dict[str, pd.DataFrame]:
    """The policy in ``seeds/scoring`` as the text that stands in its cells."""
    folder = PROJECT / "seeds" / "scoring"
    return {seed: pd.read_csv(folder / f"{seed}.csv", dtype=object) for seed in SEED_COLUMNS}


def seeds_of(policies: Iterable[Mapping[str, Iterable[Row]]]) -> dict[str, pd.DataFrame]:
    """Seed rows of several models as one frame a seed, with every column of the seed; every row needs some label."""
    rows: dict[str, list[Row]] = {seed: [] for seed in SEED_COLUMNS}
    for policy in policies:
        for seed, seed_rows in policy.items():
            rows[seed] += [{"label": "Label", **row} if "label" in SEED_COLUMNS[seed] else row for row in seed_rows]
    return {seed: pd.DataFrame(rows[seed], columns=columns, dtype=object) for seed, columns in SEED_COLUMNS.items()}


def policy(model: Mapping[str, Any] | None = None, **rules: Sequence[Row]) -> dict[str, pd.DataFrame]:
    """One scoring model, ``m``, with the usual limits, bands and cells, and the seed rows that the test is about."""
    usual = {"is_default": True, "is_active": True, "profile_weight": 50}
    limits = {"profile_floor": 0, "profile_cap": 100, "engagement_floor": 0, "engagement_cap": 100}
    seeds: dict[str, Sequence[Row]] = {
        "scoring_models": [usual | limits | dict(model or {})],
        "grade_bands": grade_bands([75, 50, 25], [75, 50, 25]),
        "grade_actions": grade_actions(),
        **rules,
    }
    return seeds_of([{seed: [{"scoring_model": "m", **row} for row in rows] for seed, rows in seeds.items()}])


def grade_bands(profile_edges: Sequence[Any], engagement_edges: Sequence[Any]) -> list[Row]:
    """Four half-open bands a dimension from three edges each, highest first."""
    return [
        {"dimension": dimension, "grade": grade, "from_score": lower, "to_score": upper}
        for dimension, grades, edges in (("profile", "ABCD", profile_edges), ("engagement", "1234", engagement_edges))
        for grade, (upper, lower) in zip(grades, pairwise([None, *edges, None]), strict=True)
    ]


def grade_actions() -> list[Row]:
    """The sixteen cells, each with an action of its own."""
    cells = [f"{letter}{level}" for letter, level in product("ABCD", "1234")]
    return [{"grade": cell, "action": f"do_{cell}", "priority": number} for number, cell in enumerate(cells, start=1)]


def _frame(rows: Iterable[tuple[Any, ...]], table: str) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(INPUT_TYPES[table]), dtype=object)
