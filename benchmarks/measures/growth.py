"""How the full build grows: the same for a tenth of the people."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.runs import Run


def measure(bench: Bench) -> dict[str, Run]:
    """The full build of the small company."""
    return {"small_full": bench.small.build_all()}
