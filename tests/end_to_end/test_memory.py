"""Memory stays within its limit: what does not fit is spilled to disk, and the result is the same."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from tests.end_to_end.conftest import AS_OF
from tests.end_to_end.leadhouse import Leadhouse

# Too little for the company's events on top of what DuckDB holds of its file.
LITTLE = "100MB"


def test_with_little_memory_it_spills_and_comes_to_the_same(company: Leadhouse, tmp_path: Path, target: Path) -> None:
    small = Leadhouse(tmp_path, target, memory_limit=LITTLE)
    shutil.copytree(company.home.raw, small.home.raw)
    with _Watch(tmp_path / "spill") as watch:
        small.build_unchecked(AS_OF)
    assert watch.saw_files, "nothing was spilled: give the test less memory or more events"
    for mart in ("lead_scores", "lead_score_contributions", "lead_engagement", "bot_activity_daily"):
        assert small.rows(f"marts.{mart}") == company.rows(f"marts.{mart}")


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
