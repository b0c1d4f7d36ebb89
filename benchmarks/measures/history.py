"""The same night on ten times the past: the same people, the same new files, a history ten times as long."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.measures.night import night
from benchmarks.runs import Run


def measure(bench: Bench) -> dict[str, Run]:
    """The night of the small company and of the long one, and of twenty leads."""
    found, told = {}, []
    for name, company in (("short", bench.small), ("long", bench.long)):
        found[f"night_{name}_history"] = night(company)
        new = company.count_events() - company.events
        told.append(f"the {name} history has {company.events:,} events and brings {new:,}")
    bench.note("; ".join(told))
    return found | {"night_start": night(bench.tiny)}
