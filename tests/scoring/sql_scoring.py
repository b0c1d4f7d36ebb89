"""The project's scoring models behind the same call as the reference, and the comparison of the two."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

import pandas as pd

from tests.scoring.reference import CONTRIBUTION_KEY, SCORE_KEY, Scored, records
from tests.scoring.tables import INPUT_TYPES
from tests.sql_harness import CompiledProject

# Fading is counted in floating point by the SQL and in exact decimals by the reference.
TOLERANCE = Decimal("0.0001")

_COMPARED_SCORES = [
    *("profile_score", "profile_grade", "engagement_score", "engagement_level", "grade", "combined_score"),
    *("action", "priority"),
]
# The history of grades only lends words to the reason: it starts empty here.
_HISTORY_TYPES = {
    "lead_id": "varchar",
    "scoring_model": "varchar",
    "changed_at": "timestamp",
    "from_grade": "varchar",
    "to_grade": "varchar",
    "combined_before": "decimal(18, 4)",
    "combined_after": "decimal(18, 4)",
    "moved_by": "varchar",
}


class Score(Protocol):
    """Seeds, leads, attributes, activities and as-of time to contributions and scores."""

    def __call__(
        self,
        seeds: Mapping[str, pd.DataFrame],
        leads: pd.DataFrame,
        attributes: pd.DataFrame,
        activities: pd.DataFrame,
        as_of: datetime,
    ) -> Scored: ...


class SqlScoring:
    """Scores with the compiled SQL."""

    def __init__(self, project: CompiledProject) -> None:
        self._project = project

    @classmethod
    def compile(cls) -> SqlScoring:
        """Compile once."""
        fingerprints = {"lead_id": "varchar", "fingerprint": "varchar"}
        inputs = INPUT_TYPES | {"lead_grade_changes": _HISTORY_TYPES, "int_lead_fingerprints": fingerprints}
        return cls(CompiledProject.compile(["lead_scores"], inputs=inputs))

    @property
    def seeds(self) -> dict[str, pd.DataFrame]:
        """The project's own policy."""
        return self._project.seeds

    def score(
        self,
        seeds: Mapping[str, pd.DataFrame],
        leads: pd.DataFrame,
        attributes: pd.DataFrame,
        activities: pd.DataFrame,
        as_of: datetime,
    ) -> Scored:
        """As :func:`tests.scoring.reference.score`."""
        people = {"int_leads": leads, "int_lead_attributes": attributes, "lead_activity_daily": activities}
        built = self._project.run({**seeds, **people}, as_of)
        contributions = built["lead_score_contributions"][[*CONTRIBUTION_KEY, "points", "max_points"]]
        scores = built["lead_scores"][[*SCORE_KEY, *_COMPARED_SCORES]]
        return Scored(
            contributions=contributions.sort_values(CONTRIBUTION_KEY, ignore_index=True),
            scores=scores.sort_values(SCORE_KEY, ignore_index=True),
        )

    def close(self) -> None:
        """Give the memory back."""
        self._project.close()


def assert_same(actual: Scored, expected: Scored) -> None:
    """Every contribution and every score of the SQL is that of the reference, and nothing else is there.

    Points may differ by :data:`TOLERANCE`; a correction (cap, limit) smaller than that may be missing on either side.
    """
    ours, theirs = _by_key(actual.contributions, CONTRIBUTION_KEY), _by_key(expected.contributions, CONTRIBUTION_KEY)
    for key in sorted(ours.keys() | theirs.keys()):
        row, wanted = ours.get(key), theirs.get(key)
        if row is None or wanted is None:
            only = row or wanted or {}
            missing = "the SQL lacks" if row is None else "the SQL adds"
            assert 0 < abs(only["points"]) <= TOLERANCE, f"{missing} contribution {key}: {only}"
        else:
            assert abs(row["points"] - wanted["points"]) <= TOLERANCE, f"{key}: {row} instead of {wanted}"
            assert row["max_points"] == wanted["max_points"], f"{key}: {row} instead of {wanted}"

    scores, wanted_scores = _by_key(actual.scores, SCORE_KEY), _by_key(expected.scores, SCORE_KEY)
    assert scores.keys() == wanted_scores.keys()
    for key, row in scores.items():
        for column, wanted_cell in wanted_scores[key].items():
            cell = row[column]
            if isinstance(wanted_cell, Decimal):
                assert abs(cell - wanted_cell) <= TOLERANCE, f"{key} {column}: {row} instead of {wanted_scores[key]}"
            else:
                assert str(cell) == str(wanted_cell), f"{key} {column}: {row} instead of {wanted_scores[key]}"


def _by_key(frame: pd.DataFrame, key: list[str]) -> dict[tuple[str, ...], dict[str, Any]]:
    rows = {tuple(str(row[name]) for name in key): row for row in records(frame)}
    assert len(rows) == len(frame), f"{len(frame) - len(rows)} rows repeat the key of another: {', '.join(key)}"
    return rows
