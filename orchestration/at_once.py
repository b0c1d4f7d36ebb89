"""Events that cannot wait for the night: who asks for a demonstration is graded, and the grade sent, at once.

The sensor does not ask Dagster to start a run: its queue and a new process would take ten of the ninety seconds that
are promised. It executes the job itself, in the process that has the definitions loaded already.
"""

from __future__ import annotations

import time
from datetime import datetime

import dagster as dg
import duckdb

from orchestration.assets import NOTHING_NEW
from orchestration.engines.warehouse import target
from orchestration.home import Home
from orchestration.instance import QUIET
from orchestration.landing.arrivals import Arrival, find
from orchestration.landing.register import histories, is_new
from orchestration.leftovers import AT_ONCE, bury_dead_runs, in_process, one_run_at_a_time
from orchestration.locks import Busy
from orchestration.resources import READY_DBT
from orchestration.warehouse import EVENT_TABLES, HOME

# Dagster asks every five seconds at most: a sensor that looks until the next time misses nothing in between.
LOOKS_FOR_SECONDS, LOOKS_EVERY_SECONDS = 4.5, 0.25
# Who raises a hand during a run need not wait for Dagster to ask again; other sensors wait for this one meanwhile.
LOOKS_AGAIN_FOR_SECONDS = 60.0
# Registered states of files that this process has seen: the register is read again only when another one shows up.
_REGISTERED: set[tuple[str, tuple[int, datetime]]] = set()


@dg.sensor(
    name="new_events",
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes in event files as they arrive, grades whom they touch and sends what differs, at once.",
)
def new_events(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Run the job `at_once` when events have arrived; the cursor is the last load of events that was seen to."""
    if context.cursor is None:
        context.update_cursor(last_load(HOME))
        return dg.SkipReason("events that arrive from now on are seen to at once")
    said: list[str] = []
    until = time.monotonic() + LOOKS_AGAIN_FOR_SECONDS
    while time.monotonic() < until:
        READY_DBT.get_ready(HOME)
        if not _wait_for_events(context.cursor):
            break
        if target() == "duckdb" and not HOME.warehouse.exists():
            said.append("waiting for the first whole run, which takes up the policy too")
            break
        try:
            result = _see_to_them(context)
        except Busy as busy:
            said.append(str(busy))
            break
        said.append(f"run {result.run_id} has {'seen to them' if result.success else 'failed'}")
        if not result.success:
            break
    return dg.SkipReason("; ".join(said) or "no new events")


def _see_to_them(context: dg.SensorEvaluationContext) -> dg.ExecuteInProcessResult:
    """Run the job, and note in the cursor which events it saw to.

    Raises:
        Busy: when another run at once goes on.
    """
    with one_run_at_a_time(HOME, AT_ONCE, wait_seconds=LOOKS_FOR_SECONDS):
        bury_dead_runs(context.instance, AT_ONCE)
        assert context.repository_def is not None
        before = last_load(HOME)
        result = context.repository_def.get_job(AT_ONCE).execute_in_process(
            instance=context.instance, run_config=QUIET, raise_on_error=False, tags=in_process(AT_ONCE)
        )
    # Also after a failure, which the notice tells of: the next run takes up what this one left. What another run has
    # taken in since this one read its differences is not seen to yet.
    context.update_cursor(max(before, _load_of(result)))
    return result


def _wait_for_events(cursor: str | None) -> bool:
    """Whether there are events that nobody has seen to, as soon as there are."""
    until = time.monotonic() + LOOKS_FOR_SECONDS
    while last_load(HOME) <= (cursor or "") and not has_arrived(HOME):
        if time.monotonic() > until:
            return False
        time.sleep(LOOKS_EVERY_SECONDS)
    return True


def _load_of(result: dg.ExecuteInProcessResult) -> str:
    """The load that a run took in; empty when it found nothing new."""
    landed = (event for event in result.all_events if event.is_step_materialization and event.step_key == "landing")
    loads = (str(event.materialization.metadata["load_id"].value) for event in landed)
    return next((load for load in loads if load != NOTHING_NEW), "")


def last_load(home: Home) -> str:
    """The last load that brought events, from whichever run; empty when there is none."""
    loads = (
        folder.name.removeprefix("load_id=")
        for source, table in EVENT_TABLES
        for folder in (home.raw / source / table).glob("load_id=*")
    )
    return max(loads, default="")


def has_arrived(home: Home) -> bool:
    """Whether a finished file of events lies in landing that no load has registered."""
    arrivals, _ = find(home.landing, EVENT_TABLES)
    unknown = [arrival for arrival in arrivals if _state(arrival) not in _REGISTERED]
    if not unknown:
        return False
    with duckdb.connect() as connection:
        known = histories(home, connection)
    _REGISTERED.update((path, state) for path, history in known.items() for state in history.states)
    return any(is_new(arrival, known) for arrival in unknown)


def _state(arrival: Arrival) -> tuple[str, tuple[int, datetime]]:
    return arrival.landing_path, arrival.state
