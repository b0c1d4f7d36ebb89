"""``python -m benchmarks``: Leadhouse against what users would otherwise run, and its nights against its full build.

The work is the same for all: from landed raw files to lead_scores of both scoring models with their contributions.
Everything is measured in turn, several times, in one run, so that the ratios hold even on a machine that others share.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.companies import Size
from benchmarks.figures import FIGURES, by_processor_time, figures, spread
from benchmarks.measures import dagster, decay_night, everything, full, growth, history, night, overhead, peers, reweigh
from benchmarks.report import chart, table
from benchmarks.runs import Run, RunFailedError
from orchestration.files import write_whole

RESULTS = Path(__file__).parent / "results"
# In the order in which they run: the full build leaves the warehouse that the others start from.
MEASURES: dict[str, Callable[[Bench], dict[str, Run]]] = {
    "full": full.measure,
    **peers.MEASURES,
    "night": night.measure,
    "decay_night": decay_night.measure,
    "reweigh": reweigh.measure,
    "growth": growth.measure,
    "everything": everything.measure,
    "history": history.measure,
    "overhead": overhead.measure,
    "dagster": dagster.measure,
}
KEPT = "kept from earlier runs of the same size: "
NEED_NO_COMPANY = {"overhead", "dagster"}
PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "dagster", "pandas", "polars", "pyarrow")


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, keep the figures and the chart. Exit code 1: a measure of Leadhouse itself failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000, help="lead records of the company (default: 100,000)")
    parser.add_argument("--events-per-lead", type=int, default=100, help="raw events for each (default: 100)")
    parser.add_argument(
        "--days",
        type=int,
        default=88,
        help="length of the history; its last day, about 1 %% of the events, is the night (default: 88)",
    )
    parser.add_argument("--repeats", type=int, default=3, help="runs of each measure; the median counts (default: 3)")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=MEASURES,
        default=[name for name in MEASURES if name != "dagster"],
        help="measures to run (default: all but dagster); full is always among them where a ratio needs it",
    )
    parser.add_argument(
        "--work", type=Path, help="folder for companies, kept for the next run (default: a temporary one)"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for latest.json and the chart")
    options = parser.parse_args(arguments)
    names = [
        name
        for name in MEASURES
        if name in options.only or (name == "full" and not set(options.only) <= NEED_NO_COMPANY)
    ]
    with tempfile.TemporaryDirectory() as temporary:
        work = (options.work or Path(temporary)).resolve()
        bench = Bench(work, Size(options.leads, options.days, options.events_per_lead))
        failed = run_all(bench, names, options.repeats)
        results = kept_with(collected(bench, options.repeats), options.results / "latest.json")
    print("\n" + table(results))
    write_whole(options.results / "latest.json", json.dumps(results, indent=2) + "\n")
    write_whole(options.results / "latest.svg", chart(results))
    print(f"\nkept in {options.results}/latest.json, drawn in latest.svg")
    return 1 if failed else 0


def run_all(bench: Bench, names: list[str], repeats: int) -> bool:
    """Run the measures in turn, so that a busy moment of the machine meets all of them.

    Returns:
        Whether a measure failed; the others are measured all the same.
    """
    failed: set[str] = set()
    for repeat in range(repeats):
        for name in names:
            if name in failed:
                continue
            print(f"run {repeat + 1} of {repeats}: {name}", flush=True)
            started = time.monotonic()
            try:
                found = MEASURES[name](bench)
            except RunFailedError as failure:
                failed.add(name)
                bench.failures[name] = str(failure)
                print(f"  {name} failed: {failure}", file=sys.stderr, flush=True)
                continue
            for measured, run in found.items():
                bench.runs.setdefault(measured, []).append(run)
                print(f"  {measured}: {run.seconds:,.1f} s, {run.peak_gb:.1f} GB", flush=True)
            print(f"  ({time.monotonic() - started:,.0f} s with preparations)", flush=True)
    return bool(failed)


def collected(bench: Bench, repeats: int) -> dict[str, Any]:
    """What is kept of a run."""
    made = vars(bench)
    events = bench.company.events if "company" in made else None
    small_events = bench.small.events if "small" in made else None
    return {
        **figures(bench.runs, events, small_events),
        "events": events,
        "leads": bench.size.leads,
        "by_processor_time": figures(by_processor_time(bench.runs), events, small_events),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "sizes": {
            "days": bench.size.days,
            "events_per_lead": bench.size.events_per_lead,
            "repeats": repeats,
            "small_events": small_events,
            "long_events": bench.long.events if "long" in made else None,
        },
        "machine": {
            "cores": os.cpu_count(),
            "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1),
            "load_at_the_end": round(os.getloadavg()[0], 1),
        },
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "measured": {name: spread(runs) for name, runs in bench.runs.items()},
        "failures": bench.failures,
        "notes": bench.notes,
        "kept": {},
    }


def kept_with(results: dict[str, Any], file: Path) -> dict[str, Any]:
    """A run of some measures keeps the others of the last run, if that was of the same size; ``kept`` says since when.

    Args:
        results: of this run; figures that it did not measure are filled in.
        file: the results so far, if there are any.
    """
    if not file.exists():
        return results
    before = json.loads(file.read_text())
    size = ("days", "events_per_lead")
    if before["leads"] != results["leads"] or any(before["sizes"][name] != results["sizes"][name] for name in size):
        return results
    results["events"] = results["events"] or before["events"]
    for name in ("small_events", "long_events"):
        results["sizes"][name] = results["sizes"][name] or before["sizes"][name]
    for name, measured in before["measured"].items():
        if name not in results["measured"]:
            results["measured"][name] = measured
            results["kept"][name] = before["kept"].get(name, before["measured_at"])
    for figure in FIGURES:
        if results[figure.key] is None and before.get(figure.key) is not None:
            results[figure.key] = before[figure.key]
            results["by_processor_time"][figure.key] = before["by_processor_time"][figure.key]
            results["kept"][figure.key] = before["kept"].get(figure.key, before["measured_at"])
    if results["kept"]:
        told = [note for note in before["notes"] if not note.startswith(KEPT) and note not in results["notes"]]
        results["notes"] = [*told, *results["notes"], KEPT + ", ".join(results["kept"])]
    return results


if __name__ == "__main__":
    sys.exit(main())
