"""Memory stays within its limit: what does not fit is spilled to disk, and the result is the same."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from simulation.cli import simulate
from simulation.settings import Settings
from tests.end_to_end.conftest import AS_OF
from tests.end_to_end.leadhouse import Leadhouse

COMPANY = Settings(leads=12_000, days=60, seed=3, events_per_lead=60)
# Enough for DuckDB to read the widest file with, too little for what 12,000 people and 720,000 events are grouped by.
LITTLE = "160MB"
MARTS = ("lead_scores", "lead_score_contributions", "lead_engagement", "bot_activity_daily", "quarantined_rows")
BUILD = ("build", "--exclude-resource-type", "unit_test", "test", "--select", *(f"+{mart}" for mart in MARTS))


def test_with_little_memory_it_spills_and_comes_to_the_same(tmp_path: Path, target: Path) -> None:
    large = Leadhouse(tmp_path / "large", target)
    simulate(COMPANY, large.root, threads=2, is_quiet=True)
    large.land()
    large.dbt(AS_OF, *BUILD)
    # One model at a time: which two would meet, and need the little there is, is chance.
    small = Leadhouse(tmp_path / "small", target, memory_limit=LITTLE, threads=1)
    shutil.copytree(large.home.raw, small.home.raw)
    with _Watch(small.root / "spill") as watch:
        small.dbt(AS_OF, *BUILD)
    assert watch.saw_files, "nothing was spilled: give the test less memory or more events"
    for mart in MARTS:
        assert small.rows(f"marts.{mart}") == large.rows(f"marts.{mart}"), mart


class _Watch:
    """Looks whether a folder ever holds a file."""

    def __init__(self, folder: Path) -> None:
        self.saw_files = False
        self._folder = folder
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._end.wait(0.02):
            self.saw_files |= self._folder.is_dir() and any(self._folder.iterdir())

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
