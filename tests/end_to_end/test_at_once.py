"""Who asks for a demonstration is graded and sent at once, and the night agrees with it to the last digit."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestration.home import CHECKOUT
from orchestration.leftovers import AT_ONCE, one_run_at_a_time
from orchestration.locks import exclusive
from tests.end_to_end.conftest import AS_OF, SEEDS
from tests.end_to_end.interruptions import after_line, run_to_the_end, started
from tests.end_to_end.leadhouse import Leadhouse, differing_rows

RAISED_AT, SEEN_AT = "2026-10-01T00:05:00Z", "2026-10-01T00:06:00Z"
# A process that has the definitions loaded, as Dagster has one; each line that it is given is a tick of the sensor.
TICKS = """
import sys
import dagster as dg
from orchestration.instance import dagster_home, home_of_this_process
dagster_home(home_of_this_process())
from orchestration.definitions import defs
from orchestration.at_once import new_events
repository, cursor = defs.get_repository_def(), None
with dg.DagsterInstance.get() as instance:
    for line in sys.stdin:
        with dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository) as context:
            said = new_events(context).skip_message
            cursor = context.cursor
        print("TICK", said, flush=True)
"""


class Sensor:
    """Dagster's process, and what its sensor says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tick(self) -> str:
        """Let it look, and give its words."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        printed = []
        for line in self._process.stdout:
            if line.startswith("TICK "):
                return line.removeprefix("TICK ").strip()
            printed.append(line)
        pytest.fail("the sensor's process ended:\n" + "".join(printed[-40:]))


@contextmanager
def watching(home: Leadhouse) -> Iterator[Sensor]:
    with subprocess.Popen(
        [sys.executable, "-c", TICKS],
        cwd=CHECKOUT,
        env=home.environment(SEEN_AT),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Sensor(process)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def home(companies: dict[int, Leadhouse], tmp_path_factory: pytest.TempPathFactory) -> Leadhouse:
    """A company after its nightly run."""
    company = companies[SEEDS[1]]
    home = Leadhouse(tmp_path_factory.mktemp("at_once") / "home", company.target)
    shutil.copytree(company.root, home.root, symlinks=True)
    run_to_the_end(home, AS_OF)
    return home


def raise_hand(home: Leadhouse, lead: dict[str, str], name: str) -> None:
    """A whole file of events appears: the lead says who it is and sends the form for a demonstration."""
    event = {
        "anonymous_id": f"device-{name}",
        "ip": "100.64.7.9",
        "occurred_at": RAISED_AT,
        "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0.0.0 Safari/537.36",
        "url": "https://www.kestrelworks.example/demo/request",
    }
    rows = [
        event | {"event_id": f"{name}-1", "event_type": "identified", "email": lead["email"]},
        event | {"event_id": f"{name}-2", "event_type": "form_submitted"},
    ]
    folder = home.home.landing / "web" / "events"
    unfinished = folder / f".{name}.jsonl"
    unfinished.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    unfinished.rename(folder / f"{name}.jsonl")


def sent(home: Leadhouse) -> dict[str, dict[str, str]]:
    """The last values that arrived in the outbox, by record."""
    values: dict[str, dict[str, str]] = {}
    for path in sorted(home.home.outbox.glob("*/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                values.setdefault(row["record_id"], {}).update({name: cell for name, cell in row.items() if cell})
    return values


def cold_leads(home: Leadhouse) -> list[dict[str, str]]:
    return home.query("""
        select leads.lead_id, leads.email, leads.crm_record_id, scores.grade
        from marts.lead_scores as scores
        inner join marts.leads as leads on scores.lead_id = leads.lead_id
        where
            scores.scoring_model = 'standard'
            and leads.email is not null
            and leads.crm_record_id is not null
            and scores.engagement_level = 4
            and not (leads.is_opted_out or leads.is_test or leads.is_deleted)
        order by leads.lead_id
    """)


def runs(home: Leadhouse) -> list[Path]:
    return sorted(home.home.outbox.glob("*/"))


def test_a_raised_hand_is_sent_at_once_and_the_night_agrees(home: Leadhouse) -> None:
    first, second = cold_leads(home)[:2]
    with watching(home) as sensor:
        assert "from now on" in sensor.tick()
        assert sensor.tick() == "no new events"
        before = runs(home)
        raise_hand(home, first, "first")
        aside = home.home.warehouse.rename(home.home.root / "aside.duckdb")
        assert "waiting for the first whole run" in sensor.tick()
        aside.rename(home.home.warehouse)
        with one_run_at_a_time(home.home, AT_ONCE):
            assert "at_once.lock is held" in sensor.tick()
        assert "has seen to them" in sensor.tick()
        # What it sent came back into landing, and does not wake it again.
        assert sensor.tick() == "no new events"
        # An hourly run takes events in as well, and sends nothing: the sensor does.
        raise_hand(home, second, "second")
        run_to_the_end(home, SEEN_AT, "--job", "hourly")
        assert len(runs(home)) == len(before) + 1
        assert "has seen to them" in sensor.tick()
        assert sensor.tick() == "no new events"
    for lead in (first, second):
        told = sent(home)[lead["crm_record_id"]]
        assert told["lead_grade"][1] < lead["grade"][1] == "4"
        assert "sent a form" in told["lead_grade_reason"]


def test_no_hand_waits_until_the_crm_was_read(home: Leadhouse) -> None:
    """One did, for 79 seconds: the hourly run was reading 86,000 records from the CRM."""
    lead = cold_leads(home)[3]
    # The CRM is not asked: somebody else is reading from it, and the hourly run waits for that.
    somewhere = {f"LEADHOUSE_ODOO_{name}": "http://127.0.0.1:9" for name in ("URL", "DATABASE", "USER", "PASSWORD")}
    folder = home.home.landing / "crm" / "leads"
    being_read = folder / "odoo_00000000_20261001T000000_20261001T000000000000.jsonl.part"
    with watching(home) as sensor:
        sensor.tick()
        with (
            exclusive(home.home.root / "extract.lock", "somebody"),
            started(home, SEEN_AT, "--job", "hourly", **somewhere) as hourly,
        ):
            assert after_line(r"waiting for somebody, process \d+ \(extract.lock\)", 0)(hourly)
            being_read.write_text(json.dumps({"lead_id": "from the CRM", "created_at": RAISED_AT}) + "\n")
            raise_hand(home, lead, "meanwhile")
            assert "has seen to them" in sensor.tick()
            assert hourly.poll() is None
    told = sent(home)[lead["crm_record_id"]]
    assert told["lead_grade"][1] < lead["grade"][1] == "4"
    # What was read is taken in by the next run that asks the CRM, though the one that read it was killed.
    assert not home.query("select 1 from staging.stg_crm__leads where lead_id = 'from the CRM'")
    run_to_the_end(home, SEEN_AT, "--job", "hourly")
    assert home.query("select 1 from staging.stg_crm__leads where lead_id = 'from the CRM'")
    assert not being_read.exists()


def test_what_was_built_at_once_is_what_the_night_builds(home: Leadhouse) -> None:
    with watching(home) as sensor:
        sensor.tick()
        raise_hand(home, cold_leads(home)[2], "third")
        assert "has seen to them" in sensor.tick()
    tables = [f"sync.{name}" for name in home.tables("sync") if name.startswith("sync_crm__")]
    tables += [f"marts.{name}" for name in ("lead_scores", "lead_score_contributions", "lead_grade_changes", "leads")]
    at_once = {table: home.rows(table) for table in tables}
    # Everything anew, from the raw files, as of the same moment.
    home.dbt(SEEN_AT, "build", "--exclude-resource-type", "unit_test", "--full-refresh")
    differing = {table: lines for table, rows in at_once.items() if (lines := differing_rows(home.rows(table), rows))}
    assert not differing
    before = runs(home)
    assert "nothing to send" in run_to_the_end(home, SEEN_AT)
    assert runs(home) == before
