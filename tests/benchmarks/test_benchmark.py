"""The benchmark itself at a tiny size: its figures are there and are what they are called. No test asserts a time."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import kept_with
from benchmarks.figures import FIGURES, figures
from benchmarks.measures.reweigh import AFTER, BEFORE, SEED
from benchmarks.runs import Run, RunFailedError, timed
from orchestration.home import CHECKOUT, DBT_PROJECT

KEYS = {
    "full_vs_hand", "night_vs_full", "night_10x_history", "decay_night_vs_full", "reweigh_vs_full", "growth_exponent",
    "vs_pandas", "vs_polars", "vs_postgres", "peak_memory_gb", "events", "leads",
}  # fmt: skip


def test_a_run_keeps_its_figures(bench_python: str, tmp_path: Path) -> None:
    """Full build, a peer and a night of sixty leads, with the table and the chart."""
    command = [bench_python, "-m", "benchmarks", "--leads", "60", "--days", "30", "--events-per-lead", "30"]
    command += ["--repeats", "1", "--only", "hand", "night"]
    command += ["--work", str(tmp_path / "work"), "--results", str(tmp_path)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    results = json.loads((tmp_path / "latest.json").read_text())
    assert results.keys() >= KEYS
    # at this size noise can hide a night, and then it has no figure
    assert {name for name in KEYS if results[name] is None} - {"night_vs_full"} == {
        "night_10x_history", "decay_night_vs_full", "reweigh_vs_full", "growth_exponent", "vs_pandas", "vs_polars",
        "vs_postgres",
    }  # fmt: skip
    assert results["leads"] == 60
    assert results["events"] > 500
    assert not results["failures"]
    assert "full_vs_hand" in done.stdout
    assert "by hand in DuckDB" in (tmp_path / "latest.svg").read_text()


def test_the_weight_that_is_changed_exists() -> None:
    assert BEFORE in (DBT_PROJECT / SEED).read_text()
    assert BEFORE != AFTER


def _runs(**seconds: list[float]) -> dict[str, list[Run]]:
    return {name: [Run(each, each, each / 10) for each in values] for name, values in seconds.items()}


def test_ratios_are_of_medians() -> None:
    runs = _runs(
        full=[100, 90, 500], full_start=[10], small_full=[19], hand=[50], pandas=[1000], night=[14], night_start=[10],
        night_short_history=[11], night_long_history=[12], decay_night=[11], decay_night_start=[10], polars_small=[38],
    )  # fmt: skip
    found = figures(runs, events=1_000_000, small_events=100_000)
    assert found == {
        "full_vs_hand": 2.0,
        "night_vs_full": 0.04,
        "night_10x_history": 2.0,
        "decay_night_vs_full": 0.01,
        "reweigh_vs_full": None,
        "growth_exponent": 1.0,
        "vs_pandas": 10.0,
        # polars survived the small company only, and is held against its build
        "vs_polars": 2.0,
        "vs_postgres": None,
        "peak_memory_gb": 10.0,
    }
    assert {figure.key for figure in FIGURES} | {"events", "leads"} == KEYS


def test_a_difference_that_noise_hides_is_no_figure() -> None:
    """Else a night that was measured as faster than its start would meet every goal."""
    runs = _runs(full=[100], night=[9], night_start=[10], decay_night=[10], decay_night_start=[10])
    found = figures(runs, events=1_000_000, small_events=None)
    assert (found["night_vs_full"], found["decay_night_vs_full"]) == (None, None)


def _results(leads: int, measured_at: str, **measured: Any) -> dict[str, Any]:
    return {
        **{figure.key: measured.get(figure.key) for figure in FIGURES},
        "by_processor_time": {figure.key: measured.get(figure.key) for figure in FIGURES},
        "leads": leads, "events": 1000, "measured_at": measured_at,
        "sizes": {"days": 1, "events_per_lead": 1, "small_events": None, "long_events": None},
        "measured": {name: {"seconds": 1} for name in measured}, "notes": [], "kept": {},
    }  # fmt: skip


def test_a_partial_run_keeps_others_of_its_size_only(tmp_path: Path) -> None:
    file = tmp_path / "latest.json"
    then = _results(60, "then", vs_pandas=12.0, full_vs_hand=3.0)
    then["sizes"]["long_events"], then["notes"] = 900, ["a night brings 9"]
    file.write_text(json.dumps(then))
    kept = kept_with(_results(60, "now", full_vs_hand=2.0), file)
    assert (kept["vs_pandas"], kept["full_vs_hand"]) == (12.0, 2.0)
    assert kept["kept"] == {"vs_pandas": "then"}
    assert kept["sizes"]["long_events"] == 900
    assert kept["notes"][0] == "a night brings 9"
    assert "vs_pandas" in kept["notes"][-1]
    assert kept_with(_results(61, "now", full_vs_hand=2.0), file)["vs_pandas"] is None


def test_a_failed_command_says_why(tmp_path: Path) -> None:
    with pytest.raises(RunFailedError, match="no such room"):
        timed(["sh", "-c", "echo no such room; exit 3"], tmp_path / "log")
    with pytest.raises(RunFailedError, match="killed"):
        timed(["sh", "-c", "kill -9 $$"], tmp_path / "log")
    with pytest.raises(RunFailedError, match="too slow"):
        timed(["sleep", "60"], tmp_path / "log", hours=0)
