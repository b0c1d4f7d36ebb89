"""From measured runs to the ratios that are kept in ``results/latest.json``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from benchmarks.runs import Run

Runs = Mapping[str, Sequence[Run]]


@dataclass(frozen=True)
class Figure:
    """One figure of the issue.

    Attributes:
        key: its name in the results.
        means: what is divided by what, for a reader.
        goal: what it ought to be.
        needs: the measured names without which it is not known.
    """

    key: str
    means: str
    goal: str
    needs: tuple[str, ...]


FIGURES = (
    Figure("full_vs_hand", "full build over the script by hand", "at most 1.6", ("full", "hand")),
    Figure(
        "night_vs_full", "night beyond its start, over full build", "at most 0.05", ("night", "night_start", "full")
    ),
    Figure(
        "night_10x_history",
        "the same with ten times the past, over itself",
        "at most 1.3",
        ("night_long_history", "night_short_history", "night_start"),
    ),
    Figure(
        "decay_night_vs_full",
        "quiet night beyond its start, over full build",
        "at most 0.03",
        ("decay_night", "decay_night_start", "full"),
    ),
    Figure(
        "reweigh_vs_full",
        "changed weight beyond its start, over full build",
        "at most 0.10",
        ("reweigh", "reweigh_start", "full"),
    ),
    Figure(
        "growth_exponent", "of the full build beyond its start", "at most 1.05", ("full", "small_full", "full_start")
    ),
    Figure("vs_pandas", "pandas over full build", "at least 10", ("pandas", "full")),
    Figure("vs_polars", "polars over full build", "at least 1", ("polars", "full")),
    Figure("vs_postgres", "PostgreSQL over full build", "at least 10", ("postgres", "full")),
    Figure("peak_memory_gb", "of the full build", "at most 8 and Python", ("full",)),
)


def seconds(runs: Runs, name: str) -> float:
    """The median of a measure."""
    return median(run.seconds for run in runs[name])


def figures(runs: Runs, events: int | None, small_events: int | None) -> dict[str, float | None]:
    """All figures of the issue; what was not measured is None.

    Args:
        runs: what was measured.
        events: raw events of the company, if it was made.
        small_events: raw events of the small one, if it was made.
    """

    def beyond_start(name: str, start: str) -> float | None:
        """None where noise hides the difference: no figure is better than a nought."""
        difference = seconds(runs, name) - seconds(runs, start)
        return difference if difference > 0 else None

    def over_full(name: str) -> float | None:
        beyond = beyond_start(name, f"{name}_start")
        return beyond / seconds(runs, "full") if beyond else None

    def over_short_history() -> float | None:
        short = beyond_start("night_short_history", "night_start")
        long = beyond_start("night_long_history", "night_start")
        return long / short if long and short else None

    def exponent() -> float | None:
        small, large = beyond_start("small_full", "full_start"), beyond_start("full", "full_start")
        if not (small and large and events and small_events):
            return None
        return math.log(large / small) / math.log(events / small_events)

    ways: dict[str, Callable[[], float | None]] = {
        "full_vs_hand": lambda: seconds(runs, "full") / seconds(runs, "hand"),
        "night_vs_full": lambda: over_full("night"),
        "night_10x_history": over_short_history,
        "decay_night_vs_full": lambda: over_full("decay_night"),
        "reweigh_vs_full": lambda: over_full("reweigh"),
        "growth_exponent": exponent,
        "peak_memory_gb": lambda: median(run.peak_gb for run in runs["full"]),
    }
    found: dict[str, float | None] = {}
    for figure in FIGURES:
        value = None
        if figure.key.startswith("vs_"):
            value = _against_peer(runs, figure.key.removeprefix("vs_"))
        elif all(runs.get(name) for name in figure.needs):
            value = ways[figure.key]()
        found[figure.key] = None if value is None else round(value, 4)
    return found


def by_processor_time(runs: Runs) -> Runs:
    """The same runs with processor time in place of the clock, for a machine that others keep busy.

    A server's processor time is not that of the process that we measure: PostgreSQL is left out.
    """
    return {
        name: [replace(run, seconds=run.cpu_seconds) for run in measured]
        for name, measured in runs.items()
        if not name.startswith("postgres")
    }


def _against_peer(runs: Runs, peer: str) -> float | None:
    """A peer's time over the full build's, at the largest size that the peer survived."""
    for name, full in ((peer, "full"), (f"{peer}_small", "small_full")):
        if runs.get(name) and runs.get(full):
            return seconds(runs, name) / seconds(runs, full)
    return None


def spread(runs: Sequence[Run]) -> dict[str, Any]:
    """A measure for the results: every run, and the medians."""
    return {
        "seconds": round(median(run.seconds for run in runs), 3),
        "cpu_seconds": round(median(run.cpu_seconds for run in runs), 3),
        "peak_gb": round(max(run.peak_gb for run in runs), 3),
        "all_seconds": [run.seconds for run in runs],
    }
