"""Simulated companies in a work folder: landed up to a day, with the day after it waiting in landing."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.runs import Run, timed
from orchestration.files import write_whole
from orchestration.home import Home
from orchestration.project import OUR_DBT

END = datetime(2026, 10, 1)
LAST_DAY = END - timedelta(days=1)
# What is measured, of us as of the peers: the scores and all that they are the sum of.
WORK = ["--select", "+lead_scores", "+lead_score_contributions", "--indirect-selection", "buildable"]

# What tells the events of a source apart.
EVENT_KEYS = {"web": ["event_id"], "email": ["event_id", "message_id"], "messaging": ["event_id"]}


@dataclass(frozen=True)
class Size:
    """How large a company is.

    Attributes:
        leads: lead records in its CRM.
        days: length of its history.
        events_per_lead: about how many events each lead has in that time.
    """

    leads: int
    days: int
    events_per_lead: int


class Company:
    """A company of one size and the Leadhouse that grades it."""

    def __init__(self, folder: Path, size: Size, project: Path, pasts: int = 1) -> None:
        """Make nothing yet.

        Args:
            folder: its state; kept and used again if it holds a company of the same size.
            size: how large.
            project: the dbt project that grades it.
            pasts: how many times the past happened; people and the last day stay the same.
        """
        self.home, self.size, self.project, self.pasts = Home(folder), size, project, pasts
        self.before = folder / "before.duckdb"
        self.events = 0

    def prepare(self) -> None:
        """Simulate, land all but the last day, then deliver the last day to landing."""
        mark = self.home.root / "company.json"
        made_as = {"size": asdict(self.size), "pasts": self.pasts}
        found = json.loads(mark.read_text()) if mark.exists() else {}
        if any(found.get(name) != value for name, value in made_as.items()):
            shutil.rmtree(self.home.root, ignore_errors=True)
            self._say(f"simulating {self.size.leads:,} leads, {self.size.days:,} days")
            self._simulate("--last-day", str((LAST_DAY - timedelta(days=1)).date()))
            self._repeat_past()
            self.land()
            loads = sorted(path.name for path in (self.home.raw / "landing" / "files").iterdir())
            self._simulate("--append", "--first-day", str(LAST_DAY.date()), "--last-day", str(LAST_DAY.date()))
            write_whole(mark, json.dumps({**made_as, "loads": loads}) + "\n")
        self.forget_last_day()
        self.events = self.count_events()

    def _simulate(self, *options: str) -> None:
        size = self.size
        command = [
            sys.executable,
            "-m",
            "simulation",
            "--leads",
            str(size.leads),
            "--days",
            str(size.days),
            "--seed",
            "1",
        ]
        command += ["--events-per-lead", str(size.events_per_lead), "--format", "parquet", "--quiet"]
        timed([*command, "--out", str(self.home.root), *options], self.home.root.parent / f"{self.home.root.name}.log")

    def _repeat_past(self) -> None:
        """Deliver all events so far again as others, each time a whole history earlier."""
        for source, keys in EVENT_KEYS.items():
            folder = self.home.landing / source / "events"
            files = [str(file) for file in sorted(folder.glob("*.parquet")) if _has_times(file)]
            for past in range(1, self.pasts):
                earlier = f"interval {past * self.size.days} days"
                changed = [f"{key} || '-{past}' as {key}" for key in keys]
                changed += [f"{name} - {earlier} as {name}" for name in ("occurred_at", "loaded_at")]
                duckdb.execute(
                    f"copy (select * replace ({', '.join(changed)}) from read_parquet(?, union_by_name = true)) "
                    f"to '{folder}/past-{past}.parquet' (format parquet)",
                    [files],
                )

    def count_events(self) -> int:
        """Rows of all raw tables of events."""
        files = [str(self.home.raw / source / "events" / "**" / "*.parquet") for source in EVENT_KEYS]
        counts = duckdb.execute("select sum(num_rows) from parquet_file_metadata(?)", [files]).fetchone()
        return int(counts[0]) if counts else 0

    def land(self) -> Run:
        """Land what is new."""
        return timed(
            [sys.executable, "-m", "orchestration.landing", "--home", str(self.home.root)], self._log("landing")
        )

    def build(self, as_of: datetime, project: Path | None = None, everything: bool = False) -> Run:
        """`dbt build` of the work by the dbt of our jobs, with the data tests of all that it is made of.

        Args:
            as_of: the instant that scores are made for.
            project: another dbt project than the company's own.
            everything: build all models of the project, as the nightly job does.
        """
        target = str(self.home.root / "target")
        command = [*OUR_DBT, "--quiet", "build", "--exclude-resource-type", "unit_test"]
        command += [] if everything else WORK
        command += ["--project-dir", str(project or self.project), "--profiles-dir", str(project or self.project)]
        environment = {
            "LEADHOUSE_HOME": str(self.home.root),
            "LEADHOUSE_AS_OF": f"{as_of.isoformat()}Z",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        return timed([*command, "--target-path", target, "--log-path", target], self._log("dbt"), environment)

    def build_all(self) -> Run:
        """The full build of all days but the last: a fresh warehouse. It is kept for what comes after it."""
        self._empty_warehouse()
        run = self.build(LAST_DAY)
        shutil.copyfile(self.home.warehouse, self.before)
        return run

    def build_everything(self) -> Run:
        """The same with every model of the project."""
        self._empty_warehouse()
        return self.build(LAST_DAY, everything=True)

    def _empty_warehouse(self) -> None:
        self.forget_last_day()
        for file in self.home.root.glob("warehouse.duckdb*"):
            file.unlink()

    def back_to_before(self) -> None:
        """As it was after the full build, the last day not landed; built if it never was."""
        self.forget_last_day()
        if not self.before.exists():
            self._say("building what the measures start from")
            self.build_all()
        for file in self.home.root.glob("warehouse.duckdb*"):
            file.unlink()
        shutil.copyfile(self.before, self.home.warehouse)

    def forget_last_day(self) -> None:
        """Take the loads out of the raw tables that came after the first landing."""
        kept = set(json.loads((self.home.root / "company.json").read_text())["loads"])
        for load in self.home.raw.glob("*/*/load_id=*"):
            if load.name not in kept:
                shutil.rmtree(load)

    def _log(self, name: str) -> Path:
        return self.home.root / "target" / f"{name}.output"

    def _say(self, words: str) -> None:
        print(f"  {self.home.root.name}: {words}", flush=True)


def _has_times(file: Path) -> bool:
    """Whether a file is whole and its times are times: the simulation also plants broken ones."""
    try:
        types = dict(duckdb.execute("select name, type from parquet_schema(?)", [str(file)]).fetchall())
    except duckdb.Error:
        return False
    return types.get("occurred_at") == "INT64" and types.get("loaded_at") == "INT64"
