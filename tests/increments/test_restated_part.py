"""Tests of unique rows look at what a night restated, and nothing that an increment does wrong escapes them by that."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.increments.nights import Nights

TABLE = "intermediate.lead_activity_daily"
SAME_AGAIN = "union all select * from daily"
OF_A_STRANGER = (
    "union all select 'stranger', activity_date, activity_type, topic, channel, activity_count, quantity from daily"
)


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    """Nights on which days are counted by a model that can be told to err."""
    made = Nights(tmp_path)
    model = made.project / "models" / "intermediate" / "activity" / "growing" / "lead_activity_daily.sql"
    errs = "select * from daily\n{% if is_incremental() %}{{ env_var('ALSO_SELECTED', '') }}{% endif %}\n"
    sound = model.read_text(encoding="utf-8")
    assert sound.endswith("\nselect * from daily\n")
    model.write_text(sound.removesuffix("select * from daily\n") + errs, encoding="utf-8")
    return made


def test_what_is_restated_is_looked_at(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.pass_one("ann", "bob")
    with duckdb.connect(str(nights.home.home.warehouse)) as warehouse:
        warehouse.execute(f"insert into {TABLE} select * from {TABLE} where lead_id = 'bob'")
    nights.pass_one("ann")
    assert nights.home.number(f"select count(*) from {TABLE}") == 4

    monkeypatch.setenv("ALSO_SELECTED", OF_A_STRANGER)
    with pytest.raises(AssertionError, match=r"makes rows whose lead_id, activity_date .* does not name"):
        nights.pass_one("ann")
    assert nights.home.number(f"select count(*) from {TABLE}") == 4

    monkeypatch.setenv("ALSO_SELECTED", SAME_AGAIN)
    with pytest.raises(AssertionError, match="Got 2 results, configured to fail"):
        nights.pass_one("ann")

    # after a failure all rows are looked at: the planted one is found too
    monkeypatch.delenv("ALSO_SELECTED")
    with pytest.raises(AssertionError, match="Got 3 results, configured to fail"):
        nights.pass_one("ann")
