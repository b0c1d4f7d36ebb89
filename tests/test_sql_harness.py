"""The harness that runs compiled models: its clock, its seeds, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest

from tests.sql_harness import CompiledProject

MODEL = "int_engagement_idle_contributions"
INPUTS = {
    "int_leads": {"lead_id": "varchar", "created_at": "timestamp"},
    "lead_activity_daily": {"lead_id": "varchar", "activity_date": "date"},
    "int_leads_to_score": {"lead_id": "varchar"},
}
LEADS = pd.DataFrame({"lead_id": ["lead"], "created_at": [datetime(2026, 3, 1, 23)]})


@pytest.fixture(scope="module")
def project() -> Iterator[CompiledProject]:
    compiled = CompiledProject.compile([MODEL], inputs=INPUTS)
    yield compiled
    compiled.close()


@pytest.mark.parametrize(
    ("as_of", "is_idle"),
    [
        (datetime(2026, 3, 30, 23, 59, 59), False),
        (datetime(2026, 3, 31), True),
        (datetime(2026, 3, 30, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 30, 23, tzinfo=timezone(timedelta(hours=-2))), True),
    ],
)
def test_the_clock_is_the_one_of_the_run_in_utc(project: CompiledProject, as_of: datetime, is_idle: bool) -> None:
    assert len(project.run({"int_leads": LEADS}, as_of)[MODEL]) == is_idle


def test_seeds_are_the_project_s_own_unless_given(project: CompiledProject) -> None:
    as_of = datetime(2026, 4, 1)
    rules = project.seeds["engagement_idle_rules"]
    assert not rules.empty
    given = project.run({"int_leads": LEADS, "engagement_idle_rules": rules[:0]}, as_of)
    assert given[MODEL].empty
    assert not project.run({"int_leads": LEADS}, as_of)[MODEL].empty


def test_only_what_was_asked_for_is_built(project: CompiledProject) -> None:
    assert set(project.run({}, datetime(2026, 4, 1), models=["int_active_criteria"])) == {"int_active_criteria"}


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ({"int_lead": LEADS}, "int_lead"),
        ({"int_leads": LEADS.assign(shoe_size=43)}, "shoe_size"),
        ({MODEL: LEADS}, MODEL),
    ],
)
def test_a_name_that_the_models_do_not_read_is_an_error(
    project: CompiledProject, inputs: dict[str, pd.DataFrame], named: str
) -> None:
    with pytest.raises(KeyError, match=named):
        project.run(inputs, datetime(2026, 4, 1))


def test_a_model_that_reads_a_source_must_be_an_input(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="make base_crm__leads an input"):
        CompiledProject.compile(["stg_crm__leads"], inputs={})
