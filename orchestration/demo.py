"""`python -m orchestration.demo`: a company that never existed, its leads graded by the nightly job."""

from __future__ import annotations

import argparse
import os
import sys
import time

from orchestration import run, summary
from orchestration.instance import home_of_this_process
from simulation.cli import main as simulate

AS_OF = "2026-10-01T00:00:00Z"


def main(arguments: list[str] | None = None) -> int:
    """Simulate if there is nothing yet, run the job, print the summary."""
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.demo",
        description="Simulate a company, run the nightly job on it and print what came of it.",
        epilog="A second demo adds nothing: it runs the job again on the same company.",
    )
    parser.add_argument("--leads", type=int, default=3000, help="lead records in the CRM (default: 3000)")
    parser.add_argument("--days", type=int, default=180, help="length of the history (default: 180)")
    parser.add_argument("--seed", type=int, default=7, help="the number that all chance comes from (default: 7)")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    home = home_of_this_process()
    os.environ.setdefault("LEADHOUSE_AS_OF", AS_OF)
    if (home.root / "truth").exists():
        print(f"the company in {home.root} is there already", flush=True)
    elif home.landing.exists() and any(path.is_file() for path in home.landing.rglob("*")):
        print(
            f"{home.landing} holds files of your own: set LEADHOUSE_HOME to another folder for a demo", file=sys.stderr
        )
        return 1
    else:
        choices = ["--leads", options.leads, "--days", options.days, "--seed", options.seed, "--out", home.root]
        code = simulate([str(choice) for choice in choices])
        if code:
            return code
    succeeded = run.run("nightly")
    if succeeded:
        print("\n" + summary.render(home))
        print(f"\nthe demo took {time.monotonic() - started:.0f} s")
    return 0 if succeeded else 1


if __name__ == "__main__":
    sys.exit(main())
