"""Tests of unique rows look at what a night restated, and nothing that an increment does wrong escapes them by that."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.leadhouse import Leadhouse
from tests.increments.histories import Laboratory

BUILD = [
    *("build", "--exclude-resource-type", "unit_test", "--indirect-selection", "buildable"),
    *("--select", "+lead_activity_daily"),
]
FIRST_DAY = datetime(2026, 3, 1)
TABLE = "intermediate.lead_activity_daily"
SAME_AGAIN = "union all select * from daily"
OF_A_STRANGER = (
    "union all select 'stranger', activity_date, activity_type, topic, channel, activity_count, quantity from daily"
)


class Nights:
    """Two leads who visit a page a day; each night their days are counted by a model that can be told to err."""

    def __init__(self, folder: Path) -> None:
        project = Laboratory.make(folder).project
        model = project / "models" / "intermediate" / "activity" / "growing" / "lead_activity_daily.sql"
        errs = "select * from daily\n{% if is_incremental() %}{{ env_var('ALSO_SELECTED', '') }}{% endif %}\n"
        sound = model.read_text(encoding="utf-8")
        assert sound.endswith("\nselect * from daily\n")
        model.write_text(sound.removesuffix("select * from daily\n") + errs, encoding="utf-8")
        self.home, self.night = Leadhouse(folder / "home", folder / "target", project), 0
        self._deliver("crm/leads", *(_lead(name) for name in ("ann", "bob")))

    def pass_one(self, *visitors: str) -> None:
        """The next night, before which these leads clicked."""
        self.night += 1
        clicked_at = FIRST_DAY + timedelta(days=self.night, hours=-3)
        self._deliver("email/events", *(_click(name, clicked_at) for name in visitors))
        self.home.land()
        as_of = f"{FIRST_DAY + timedelta(days=self.night):%Y-%m-%dT%H:%M:%SZ}"
        self.home.dbt(as_of, *BUILD)

    def _deliver(self, table: str, *rows: dict[str, str]) -> None:
        folder = self.home.home.landing / table
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.night}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _lead(name: str) -> dict[str, str]:
    return {"lead_id": name, "email": f"{name}@acme.example", "created_at": "2026-01-01", "updated_at": "2026-01-02"}


def _click(name: str, at: datetime) -> dict[str, str]:
    told = {"event_id": f"{name}-{at:%d}", "recipient": f"{name}@acme.example", "event_type": "clicked"}
    return {**told, "occurred_at": f"{at:%Y-%m-%d %H:%M:%S}", "message_id": f"m-{at:%d}", "url": "/pricing"}


def test_what_is_restated_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights(tmp_path)
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
