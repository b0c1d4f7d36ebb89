"""`python -m orchestration.run`: a Dagster job, once, in this process."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import warnings

import dagster as dg

from orchestration.instance import QUIET, dagster_home, home_of_this_process
from orchestration.leftovers import AT_ONCE, RUN, bury_dead_runs, in_process, one_run_at_a_time
from orchestration.notice import give_notice
from orchestration.project import ProjectError
from orchestration.sensors import failure_of
from orchestration.summary import render

JOBS = ("nightly", "hourly", "sync", "at_once")


def main(arguments: list[str] | None = None) -> int:
    """Run a job and print the summary. Exit code 1: the job failed."""
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.run",
        description="Run a job once, with progress, and print what came of it.",
        epilog="State lives under LEADHOUSE_HOME (default: var/ in the checkout). LEADHOUSE_AS_OF, such as "
        "2026-10-01T00:00:00Z, sets the clock. The run is kept in Dagster's history: see `make dev`.",
    )
    parser.add_argument(
        "--job",
        choices=JOBS,
        default="nightly",
        help="nightly: all (default); hourly: no sync; sync: only the sync; at_once: only what is sent, and the sync",
    )
    parser.add_argument("--no-sync", action="store_true", help="the same as --job hourly")
    parser.add_argument("--no-summary", action="store_true", help="print no summary at the end")
    options = parser.parse_args(arguments)
    if options.no_sync and options.job == "sync":
        parser.error("--job sync and --no-sync leave nothing to do")
    try:
        succeeded = run("hourly" if options.no_sync else options.job)
    except (ProjectError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    if succeeded and not options.no_summary:
        print("\n" + render(home_of_this_process()))
    return 0 if succeeded else 1


def run(job: str) -> bool:
    """Run one job to its end, with progress on standard output.

    Args:
        job: its name, one of `JOBS`.

    Returns:
        Whether it succeeded. If not, what failed is on standard error, and notice was given.

    Raises:
        ProjectError: when dbt cannot read the project.
        ValueError: when the configuration is wrong.
    """
    started = time.monotonic()
    home = home_of_this_process()
    dagster_home(home)
    # Dagster's previews are chosen knowingly; its warnings about them are for its developers.
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    # Only now: the definitions read the state folder and the dbt project when they are imported.
    definitions: dg.Definitions = importlib.import_module("orchestration.definitions").defs
    lane = AT_ONCE if job == AT_ONCE else RUN
    with one_run_at_a_time(home, lane), dg.DagsterInstance.get() as instance:
        bury_dead_runs(instance, lane)
        result = definitions.resolve_job_def(job).execute_in_process(
            instance=instance, run_config=QUIET, raise_on_error=False, tags=in_process(lane)
        )
    if not result.success:
        _tell_what_failed(result)
        give_notice(failure_of(result.dagster_run, _failures(result)))
    seconds = time.monotonic() - started
    print(f"job {job} {'succeeded' if result.success else 'FAILED'} in {seconds:.1f} s", flush=True)
    return bool(result.success)


def _failures(result: dg.ExecuteInProcessResult) -> list[dg.DagsterEvent]:
    return [event for event in result.all_events if event.is_step_failure]


def _tell_what_failed(result: dg.ExecuteInProcessResult) -> None:
    for event in _failures(result):
        error = event.step_failure_data.error
        cause = (error.cause or error) if error else None
        described = event.step_failure_data.user_failure_data
        words = (described and described.description) or (cause and cause.message.strip()) or event.message
        print(f"{event.step_key} failed: {words}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
