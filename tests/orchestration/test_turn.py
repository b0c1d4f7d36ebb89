"""A raised hand waited 79 seconds, for a run that read 86,000 records from the CRM and then published."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.leftovers import AT_ONCE, RUN, one_run_at_a_time
from orchestration.turn import Turn


def wait_until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.02)


class Waiting:
    """A run in a thread that takes its turn; `entered` gets its name then."""

    def __init__(self, home: Home, name: str, entered: list[str], *, patience: float = 60) -> None:
        self.told: list[str] = []
        self._turn = Turn(home, is_in_a_hurry=name == AT_ONCE, patience=patience, say=self.told.append)
        self._name, self._entered, self._may_end = name, entered, threading.Event()
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def _take(self) -> None:
        with self._turn.kept(self._name):
            self._entered.append(self._name)
        self._may_end.wait(10)
        self._turn.let_go()

    def end(self) -> None:
        self._may_end.set()
        self._thread.join()


def test_a_run_at_once_that_waits_goes_before_one_that_waited_longer(tmp_path: Path) -> None:
    home, entered = Home(tmp_path), list[str]()
    first = Waiting(home, "first", entered)
    wait_until(lambda: entered == ["first"])
    hourly = Waiting(home, "hourly", entered)
    wait_until(lambda: len(hourly.told) == 1)
    with one_run_at_a_time(home, AT_ONCE):
        hand = Waiting(home, AT_ONCE, entered)
        wait_until(lambda: len(hand.told) == 1)
        first.end()
        wait_until(lambda: len(entered) == 2)
        hand.end()
        # Another hand follows without a pause; it is not asked for here, only announced.
        time.sleep(0.5)
        assert entered == ["first", AT_ONCE]
    wait_until(lambda: len(entered) == 3)
    hourly.end()
    assert entered == ["first", AT_ONCE, "hourly"]


def test_hands_without_end_do_not_keep_the_others_waiting_for_ever(tmp_path: Path) -> None:
    home, entered = Home(tmp_path), list[str]()
    with one_run_at_a_time(home, AT_ONCE):
        began = time.monotonic()
        hourly = Waiting(home, "hourly", entered, patience=1)
        wait_until(lambda: entered == ["hourly"])
        assert time.monotonic() - began >= 1
        hourly.end()


def test_the_turn_is_kept_from_step_to_step_and_ends_with_a_failure(tmp_path: Path) -> None:
    turn, other = (Turn(Home(tmp_path), is_in_a_hurry=False) for _ in range(2))
    with turn.kept("landing"), turn.kept("landing again"):
        pass
    entered = list[str]()
    waiting = Waiting(Home(tmp_path), AT_ONCE, entered)
    with pytest.raises(OSError, match="disk is full"), turn.kept("the build"):
        time.sleep(0.5)
        assert not entered
        raise OSError("the disk is full")
    wait_until(lambda: entered == [AT_ONCE])
    waiting.end()
    with other.kept("publishing"):
        other.let_go()
        with turn.kept("the build"):
            turn.let_go()


def test_runs_at_once_wait_for_their_own_kind_only(tmp_path: Path) -> None:
    with one_run_at_a_time(Home(tmp_path), RUN), one_run_at_a_time(Home(tmp_path), AT_ONCE, wait_seconds=0):
        pass
