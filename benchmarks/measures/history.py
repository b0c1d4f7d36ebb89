"""The same night on ten times the past: equal people, an equally busy last day, a history ten times as long."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.measures.night import night
from benchmarks.runs import Run


def measure(bench: Bench) -> dict[str, Run]:
    """The night of the small company and of the long one."""
    found = {"night_short_history": night(bench.small), "night_long_history": night(bench.long)}
    note = f"the long history has {bench.long.events:,} events, the short one {bench.small.events:,}"
    if note not in bench.notes:
        bench.notes.append(note)
    return found
