"""Everything that the project has, beside the work that is compared: also lifecycle, nurture, quality and sync."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.runs import Run


def measure(bench: Bench) -> dict[str, Run]:
    """The full build of all models, and the same of twenty leads."""
    return {"everything": bench.company.build_everything(), "everything_start": bench.tiny.build_everything()}
