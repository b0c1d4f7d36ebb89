"""The record of grades in its narrow form is only looked at when it tells of all that is on record."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.increments.nights import Nights

RECORDED = "select count(*) from marts.lead_grade_change_contributions"
TOLD = "select count(*) from marts.lead_grade_changes"
TO_TELL = "select count(*) from (select distinct lead_id, scoring_model, changed_at from marts.{})"


def test_nothing_is_recorded_twice_after_a_run_that_was_killed_between(tmp_path: Path) -> None:
    nights = Nights(tmp_path, select="+lead_grade_changes")
    nights.pass_one("ann")
    recorded = nights.home.number(RECORDED)
    assert nights.home.number(TOLD) == nights.home.number(TO_TELL.format("lead_grade_change_contributions")) > 0

    # what a kill after the wide table and before the narrow one leaves
    with duckdb.connect(str(nights.home.home.warehouse)) as warehouse:
        warehouse.execute("delete from marts.lead_grade_changes")
        warehouse.execute(
            "update build_log.versions set noted_at = noted_at - interval 1 day"
            " where unique_id like '%.lead_grade_changes'"
        )
    nights.pass_one()
    assert nights.home.number(RECORDED) == recorded
    assert nights.home.number(TOLD) == nights.home.number(TO_TELL.format("lead_grade_change_contributions"))
