"""Yesterday, counted again today, is what it was yesterday: from the staged rows to the grade and its reason.

The whole chain runs here: who is who, who is a robot, what was done, what it is worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given

from tests.scoring.examples import drawn
from tests.scoring.histories import LONG_AGO, TODAY, YESTERDAY, Row, Rows, histories, known_by
from tests.sql_harness import CompiledProject

INPUTS = [
    *("stg_crm__leads", "stg_crm__contacts", "stg_crm__accounts", "stg_crm__lead_attributes"),
    *("stg_crm__lead_extra_columns", "stg_email__events", "stg_web__events", "stg_messaging__events"),
    "lead_grade_changes",
]
RESULTS = ["int_identities", "lead_activity_daily", "lead_score_contributions", "lead_scores"]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledProject]:
    inputs: dict[str, dict[str, str]] = {name: {} for name in INPUTS}
    project = CompiledProject.compile(["lead_scores"], inputs=inputs, folder=tmp_path_factory.mktemp("replay"))
    yield project
    project.close()


def results(chain: CompiledProject, rows: Rows, as_of: datetime) -> dict[str, list[tuple[str, ...]]]:
    """What the chain makes of the rows, in an order that does not depend on theirs."""
    built = chain.run(rows, as_of)
    return {name: sorted(tuple(map(str, row)) for row in built[name].itertuples(index=False)) for name in RESULTS}


@drawn(30)
@given(rows=histories())
def test_yesterday_counted_again_is_what_yesterday_said(chain: CompiledProject, rows: Rows) -> None:
    assert results(chain, rows, YESTERDAY) == results(chain, known_by(rows, YESTERDAY), YESTERDAY)


def forms(*events: Row) -> Rows:
    """One lead that sent forms."""
    lead = {"lead_id": "lead_1", "email": "ann@acme.example", "created_at": LONG_AGO, "valid_from": LONG_AGO}
    form = {"anonymous_id": "device_1", "email": "ann@acme.example", "event_type": "form_submitted", "url": "/demo"}
    rows = {"stg_crm__leads": [lead], "stg_web__events": [form | event for event in events]}
    return {name: pd.DataFrame(table, dtype=object) for name, table in rows.items()}


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
