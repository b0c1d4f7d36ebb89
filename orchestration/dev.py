"""`python -m orchestration.dev`: Dagster's page and its daemon, on this machine only."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import dagster as dg

from orchestration.home import CHECKOUT
from orchestration.instance import dagster_home, home_of_this_process
from orchestration.leftovers import LANES, bury_dead_runs, one_run_at_a_time
from orchestration.locks import Busy


def main(arguments: list[str] | None = None) -> int:
    """Become `dagster dev` with our state folder and definitions."""
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.dev",
        description="Open Dagster's page with all assets, checks, runs and schedules, and run the schedules.",
        epilog="The schedules are on: as long as this runs, the hourly refresh and the nightly sync take place.",
    )
    parser.add_argument("--port", type=int, default=3000, help="port on 127.0.0.1 (default: 3000)")
    options = parser.parse_args(arguments)
    home = home_of_this_process()
    dagster_home(home)
    # Before the daemon counts the runs that are going on; a run that is alive just now does that itself.
    with dg.DagsterInstance.get() as instance:
        for lane in LANES:
            with suppress(Busy), one_run_at_a_time(home, lane, wait_seconds=0):
                bury_dead_runs(instance, lane)
    # Started in the background it would inherit "ignore interrupts", and so would its servers: nothing could end them.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.chdir(CHECKOUT)
    dagster = Path(sys.executable).with_name("dagster")
    command = [str(dagster), "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(options.port)]
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    sys.exit(main())
