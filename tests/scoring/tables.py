"""The tables that scoring reads, as frames: their columns, and short ways to write them in a test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd

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


def _frame(rows: Iterable[tuple[Any, ...]], table: str) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(INPUT_TYPES[table]), dtype=object)
