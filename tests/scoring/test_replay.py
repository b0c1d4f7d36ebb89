"""Yesterday, counted again today, is what it was yesterday: from the staged rows to the grade and its reason.

The whole chain runs here: who is who, who is a robot, what was done, what it is worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given

from tests.scoring.crossing import crossing
from tests.scoring.examples import drawn
from tests.scoring.histories import LONG_AGO, TODAY, YESTERDAY, Row, Rows, frames, histories, known_by
from tests.sql_harness import CompiledProject

INPUTS = [
    *("stg_crm__leads", "stg_crm__contacts", "stg_crm__accounts", "stg_crm__lead_attributes"),
    *("stg_crm__lead_extra_columns", "stg_email__events", "stg_web__events", "stg_messaging__events"),
    "lead_grade_changes",
]
RESULTS = ["int_identities", "int_lead_attributes", "lead_activity_daily", "lead_score_contributions", "lead_scores"]


@pytest.fixture(scope="module")
def chain() -> Iterator[CompiledProject]:
    inputs: dict[str, dict[str, str]] = {name: {} for name in INPUTS}
    project = CompiledProject.compile(["lead_scores"], inputs=inputs)
    yield project
    project.close()


def results(chain: CompiledProject, rows: Rows, as_of: datetime) -> dict[str, list[tuple[str, ...]]]:
    """What the chain makes of the rows, in an order that does not depend on theirs."""
    built = chain.run(rows, as_of)
    return {name: sorted(tuple(map(str, row)) for row in built[name].itertuples(index=False)) for name in RESULTS}


@drawn(20)
@given(rows=histories())
@example(rows=crossing())
def test_yesterday_counted_again_is_what_yesterday_said(chain: CompiledProject, rows: Rows) -> None:
    assert results(chain, rows, YESTERDAY) == results(chain, known_by(rows, YESTERDAY), YESTERDAY)


def test_the_example_that_crosses_yesterday_does_matter(chain: CompiledProject) -> None:
    """Each of its people is another one today: the replay could not hold by chance."""
    rows = crossing()
    before, after = results(chain, rows, YESTERDAY), results(chain, rows, TODAY)
    changed = {row[0] for name in RESULTS[:4] for row in set(before[name]) ^ set(after[name])}
    assert {f"lead_{number}" for number in range(1, 9)} <= changed


def forms(*events: Row) -> Rows:
    """One lead that sent forms."""
    lead = {"lead_id": "lead_1", "email": "ann@acme.example", "created_at": LONG_AGO, "valid_from": LONG_AGO}
    form = {"anonymous_id": "device_1", "email": "ann@acme.example", "event_type": "form_submitted", "url": "/demo"}
    return frames({"stg_crm__leads": [lead], "stg_web__events": [form | event for event in events]})


def engagement(chain: CompiledProject, rows: Rows, as_of: datetime) -> Any:
    """The lead's engagement score by the published bands."""
    scores = chain.run(rows, as_of)["lead_scores"]
    return scores.loc[scores["scoring_model"] == "standard", "engagement_score"].item()


def test_today_differs_from_yesterday_by_what_happened_since(chain: CompiledProject) -> None:
    rows = forms({"event_id": "event_1", "occurred_at": TODAY - timedelta(hours=1)})
    assert (engagement(chain, rows, YESTERDAY), engagement(chain, rows, TODAY)) == (0, 35)


def test_what_arrives_late_restates_the_past(chain: CompiledProject) -> None:
    rows = forms({"event_id": "event_1", "occurred_at": YESTERDAY - timedelta(hours=1)})
    assert engagement(chain, rows, YESTERDAY) == 35
