"""The full build: raw files to lead_scores with all contributions in a fresh warehouse, and every data test of it."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.runs import Run


def measure(bench: Bench) -> dict[str, Run]:
    """The full build, and the same of a company of twenty leads: what dbt needs whatever there is to do."""
    return {"full": bench.company.build_all(), "full_start": bench.tiny.build_all()}
