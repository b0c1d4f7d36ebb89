"""Two leads who visit a page a day, and a build each night: for tests that change the project or its tables between."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from tests.end_to_end.leadhouse import Leadhouse
from tests.increments.histories import Laboratory

BUILD = ["build", "--exclude-resource-type", "unit_test", "--indirect-selection", "buildable"]
FIRST_DAY = datetime(2026, 3, 1)


class Nights:
    """Nights of a Leadhouse whose project may be changed.

    Attributes:
        project: its dbt project, a copy.
        home: its state folder.
    """

    def __init__(self, folder: Path, select: str = "+lead_activity_daily") -> None:
        """Nights in a folder, of which each builds what dbt selects by `select`."""
        self.project = Laboratory.make(folder).project
        self.home, self._night = Leadhouse(folder / "home", folder / "target", self.project), 0
        self._selection = ["--select", select]
        self._deliver("crm/leads", *(_lead(name) for name in ("ann", "bob")))

    def pass_one(self, *visitors: str) -> None:
        """The next night, before which these leads clicked."""
        self._night += 1
        clicked_at = FIRST_DAY + timedelta(days=self._night, hours=-3)
        self._deliver("email/events", *(_click(name, clicked_at) for name in visitors))
        self.home.land()
        self.build()

    def build(self, *options: str) -> None:
        """The build of the last night, again."""
        self.home.dbt(
            f"{FIRST_DAY + timedelta(days=self._night):%Y-%m-%dT%H:%M:%SZ}", *BUILD, *self._selection, *options
        )

    def _deliver(self, table: str, *rows: dict[str, str]) -> None:
        folder = self.home.home.landing / table
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self._night}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _lead(name: str) -> dict[str, str]:
    return {"lead_id": name, "email": f"{name}@acme.example", "created_at": "2026-01-01", "updated_at": "2026-01-02"}


def _click(name: str, at: datetime) -> dict[str, str]:
    told = {"event_id": f"{name}-{at:%d}", "recipient": f"{name}@acme.example", "event_type": "clicked"}
    return {**told, "occurred_at": f"{at:%Y-%m-%d %H:%M:%S}", "message_id": f"m-{at:%d}", "url": "/nowhere"}
