"""What killed runs leave behind in Dagster's history."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import dagster as dg

from orchestration.home import Home
from orchestration.locks import WAIT_SECONDS, exclusive

AT_ONCE, RUN = "at_once", "run"
LANES = (AT_ONCE, RUN)
"""Runs at once and all others wait for their own kind only, in the lock of that name; the turn is for both."""


def in_process(lane: str) -> dict[str, str]:
    """The tag of a run in a process of ours: nobody watches over these, as the daemon does over its own."""
    return {"leadhouse/in_process": lane}


def lock_of(home: Home, lane: str) -> Path:
    """The lock that a run of this lane holds from its beginning to its end."""
    return home.root / f"{lane}.lock"


def one_run_at_a_time(home: Home, lane: str, wait_seconds: float = WAIT_SECONDS) -> AbstractContextManager[None]:
    """Whoever holds this knows that no other run of this lane is alive, whatever Dagster's history says."""
    return exclusive(lock_of(home, lane), "another run", wait_seconds)


def bury_dead_runs(instance: dg.DagsterInstance, lane: str) -> None:
    """Runs that were killed are `started` for ever: Dagster would start no other run."""
    started = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
    for dead in instance.get_runs(filters=dg.RunsFilter(statuses=started, tags=in_process(lane))):
        instance.report_run_failed(dead, "The process of this run was killed; a later run found it.")
