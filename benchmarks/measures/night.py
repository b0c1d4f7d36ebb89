"""A night with a day's new files, about one event in a hundred: landing and build."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.companies import END, Company
from benchmarks.runs import Run


def measure(bench: Bench) -> dict[str, Run]:
    """The night of the company, and the same night of twenty leads."""
    found = {"night": night(bench.company), "night_start": night(bench.tiny)}
    new, past = bench.company.count_events() - bench.company.events, bench.company.events
    bench.note(f"a night brings {new:,} new events to {past:,} ({100 * new / past:.2f} %)")
    return found


def night(company: Company) -> Run:
    """Land and build the last day on top of the warehouse of the day before."""
    company.back_to_before()
    return company.land() + company.build(END)
