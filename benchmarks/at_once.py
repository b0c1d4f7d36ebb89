"""`python -m benchmarks.at_once`: from the moment a file of events is complete until the CRM shows the new grade.

Needs what `python -m orchestration.crm demo` leaves behind: a warehouse, and an Odoo that holds its leads. Starts
Dagster as `make dev` does, lets ordinary page views and raised hands arrive at random moments, and reads the grade from
Odoo until it is another one. The parts: noticed (until the run starts), built (until it begins to send, with waiting
for its turn), sent (until the CRM answers with it).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb

from orchestration.crm.server import Crm
from orchestration.home import CHECKOUT, Home
from orchestration.instance import dagster_home
from orchestration.odoo import Odoo

GRADE = "x_lead_grade"
POLL_SECONDS = 0.25
LONGEST_SECONDS = 300.0
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
SITE = "https://www.kestrelworks.example"
# Cold leads, of whom nobody has heard for so long that a form makes another grade of each.
COLD_LEADS = """
    select leads.crm_record_id, leads.email
    from marts.lead_scores as scores
    inner join marts.leads as leads on scores.lead_id = leads.lead_id
    inner join seeds.scoring_models as models on scores.scoring_model = models.scoring_model
    where
        models.is_default and scores.engagement_level = 4 and leads.crm_object = 'lead' and leads.email is not null
        and not (leads.is_opted_out or leads.is_test or leads.is_deleted)
    order by md5(leads.lead_id)
    limit ?
"""


@dataclass(frozen=True)
class Raised:
    """A hand that was raised, and what became of it. Unix times, seconds."""

    record_id: int
    complete_at: float
    shown_at: float


@dataclass(frozen=True)
class Split:
    """Where the seconds of one of them went."""

    noticed: float
    built: float
    sent: float
    total: float


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Exit code 1: a grade did not arrive."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.at_once", description=__doc__)
    parser.add_argument("--home", type=Path, default=Home.from_environment().root, help="the home of the CRM")
    parser.add_argument("--raises", type=int, default=100, help="hands to be raised (default: 100)")
    parser.add_argument("--minutes", type=float, default=60, help="spread over so many minutes (default: 60)")
    parser.add_argument("--views", type=int, default=80, help="ordinary page views a minute, in a file (default: 80)")
    parser.add_argument("--seed", type=int, default=1, help="the number that all chance comes from (default: 1)")
    parser.add_argument(
        "--results", type=Path, default=CHECKOUT / "benchmarks" / "results", help="folder for at_once.json"
    )
    options = parser.parse_args(arguments)
    crm = Crm(Home(options.home))
    graded = Home(options.home / "crm-demo" / "leadhouse")
    environment = {
        **os.environ,
        **crm.settings,
        "LEADHOUSE_HOME": str(graded.root),
        "LEADHOUSE_DESTINATION": "odoo",
    }
    environment.pop("LEADHOUSE_AS_OF", None)
    with duckdb.connect(str(graded.warehouse), read_only=True) as connection:
        cold = connection.execute(COLD_LEADS, [options.raises]).fetchall()
        ((leads, events),) = connection.execute(
            "select (select count(*) from marts.leads), (select count(*) from intermediate.int_events)"
        ).fetchall()
    os.environ["LEADHOUSE_HOME"] = str(graded.root)
    dagster_home(graded)
    began = time.time()
    with dg.DagsterInstance.get() as instance:
        page = subprocess.Popen(
            [sys.executable, "-m", "orchestration.dev", "--port", "3999"],
            cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            _wait_for_the_sensor(instance)
            raised = _raise_hands(graded, crm, cold, options)
        finally:
            _stop(page)
        splits = _splits(instance, raised, began)
    _tell(splits, len(cold), leads, events, options)
    return 0 if len(splits) == len(cold) else 1


def _stop(page: subprocess.Popen[bytes]) -> None:
    os.killpg(page.pid, signal.SIGINT)
    try:
        page.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(page.pid, signal.SIGKILL)
        page.wait()


def _wait_for_the_sensor(instance: dg.DagsterInstance) -> None:
    """Until the sensor has ticked once: from then on events are seen to."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        for state in instance.all_instigator_state():
            if state.name == "new_events" and getattr(state.instigator_data, "cursor", None) is not None:
                return
        time.sleep(1)
    raise TimeoutError("Dagster's sensor did not begin to look")


def _raise_hands(home: Home, crm: Crm, cold: Sequence[tuple[str, str]], options: argparse.Namespace) -> list[Raised]:
    """Let hands be raised at random moments, and others look at pages meanwhile."""
    raised: list[Raised] = []
    chance, views = random.Random(options.seed), options.views  # noqa: S311 - no secret hangs on it
    moments = sorted(chance.uniform(0, options.minutes * 60) for _ in cold)
    began, watchers = time.monotonic(), []
    next_views = 0.0
    for number, (moment, (record_id, email)) in enumerate(zip(moments, cold, strict=True), 1):
        while views and next_views < moment:
            time.sleep(max(0.0, next_views - (time.monotonic() - began)))
            _deliver(home, [_event(f"view-{chance.random()}", "page_view", "/blog/news") for _ in range(views)])
            next_views += 60
        time.sleep(max(0.0, moment - (time.monotonic() - began)))
        odoo = crm.client()
        (before,) = odoo.read("crm.lead", [int(record_id)], [GRADE]).values()
        device = f"device-{chance.random()}"
        complete_at = _deliver(
            home,
            [_event(device, "identified", "/demo", email=email), _event(device, "form_submitted", "/demo/request")],
        )
        watcher = threading.Thread(target=_watch, args=(odoo, int(record_id), before[GRADE], complete_at, raised))
        watcher.start()
        watchers.append(watcher)
        print(f"{number:,} of {len(cold):,} hands raised, {len(raised):,} grades shown", flush=True)
    for watcher in watchers:
        watcher.join()
    return raised


def _watch(odoo: Odoo, record_id: int, before: str, complete_at: float, raised: list[Raised]) -> None:
    while time.time() - complete_at < LONGEST_SECONDS:
        (now,) = odoo.read("crm.lead", [record_id], [GRADE]).values()
        if now[GRADE] != before:
            raised.append(Raised(record_id, complete_at, time.time()))
            break
        time.sleep(POLL_SECONDS)
    odoo.close()


def _event(device: str, kind: str, page: str, **more: str) -> dict[str, str]:
    moment = datetime.now(UTC) - timedelta(seconds=1)
    return {
        "event_id": f"{device}-{kind}-{moment.timestamp()}",
        "anonymous_id": device,
        "event_type": kind,
        "url": SITE + page,
        "user_agent": AGENT,
        "ip": f"100.{100 + hash(device) % 100}.{hash(device) // 100 % 250}.{hash(device) // 25_000 % 250}",
        "occurred_at": moment.isoformat(),
        **more,
    }


def _deliver(home: Home, events: Sequence[dict[str, str]]) -> float:
    """Write a file of events in one step, and give the moment at which it was whole."""
    folder = home.landing / "web" / "events"
    name = f"at-once-{time.time_ns()}.jsonl"
    unfinished = folder / f".{name}"
    unfinished.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    unfinished.rename(folder / name)
    return time.time()


def _splits(instance: dg.DagsterInstance, raised: Sequence[Raised], began: float) -> list[Split]:
    """Find for each the run that sent it: the last that began to send before the grade was shown."""
    runs: list[tuple[float, float]] = []
    for record in instance.get_run_records(dg.RunsFilter(job_name="at_once")):
        if record.start_time is None or record.start_time < began:
            continue
        for step in instance.get_run_step_stats(record.dagster_run.run_id, ["crm_grades"]):
            if step.start_time is not None:
                runs.append((record.start_time, step.start_time))
    splits = []
    for hand in raised:
        started, sending = max((run for run in runs if run[1] <= hand.shown_at), key=lambda run: run[1])
        splits.append(
            Split(
                started - hand.complete_at, sending - started, hand.shown_at - sending, hand.shown_at - hand.complete_at
            )
        )
    return splits


def _tell(splits: Sequence[Split], hands: int, leads: int, events: int, options: argparse.Namespace) -> None:
    print(f"{leads:,} leads, {events:,} events; {hands} hands in {options.minutes:g} minutes, {len(splits)} shown")
    print(f"{'seconds':<10} {'p50':>7} {'p95':>7} {'longest':>8}")
    figures = {}
    for part in ("noticed", "built", "sent", "total"):
        values = sorted(getattr(split, part) for split in splits)
        p95 = statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
        figures[part] = {"p50": statistics.median(values), "p95": p95, "longest": values[-1]}
        print(f"{part:<10} {figures[part]['p50']:>7.1f} {p95:>7.1f} {values[-1]:>8.1f}")
    options.results.mkdir(parents=True, exist_ok=True)
    told = {
        "leads": leads, "events": events, "hands": hands, "shown": len(splits), "minutes": options.minutes,
        "views_a_minute": options.views, "seconds": figures, "each": [asdict(split) for split in splits],
    }  # fmt: skip
    (options.results / "at_once.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
