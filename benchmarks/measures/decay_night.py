"""A night without any new file: a day passes, points fade."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.companies import END, Company
from benchmarks.runs import Run


def measure(bench: Bench) -> dict[str, Run]:
    """The quiet night of the company, and the same of twenty leads."""
    return {"decay_night": decay_night(bench.company), "decay_night_start": decay_night(bench.tiny)}


def decay_night(company: Company) -> Run:
    """Build a day later with what was landed the day before."""
    company.back_to_before()
    return company.build(END)
