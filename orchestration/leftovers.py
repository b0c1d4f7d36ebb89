"""What killed runs leave behind in Dagster's history."""

from __future__ import annotations

from contextlib import AbstractContextManager

import dagster as dg

from orchestration.home import Home
from orchestration.locks import WAIT_SECONDS, exclusive

# Marks the runs of `orchestration.run`: nobody watches over these, as the daemon does over its own.
IN_PROCESS = {"leadhouse/in_process": "true"}


def one_run_at_a_time(home: Home, wait_seconds: float = WAIT_SECONDS) -> AbstractContextManager[None]:
    """Whoever holds this knows that no other run of ours is alive, whatever Dagster's history says."""
    return exclusive(home.root / "run.lock", "another run", wait_seconds)


def bury_dead_runs(instance: dg.DagsterInstance) -> None:
    """Runs that were killed are `started` for ever: Dagster would start no other run."""
    alive = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING], tags=IN_PROCESS)
    for dead in instance.get_runs(filters=alive):
        instance.report_run_failed(dead, "The process of this run was killed; a later run found it.")
