"""Whose turn it is: one run at a time, from landing until what leaves the warehouse was read out of it.

What takes long and needs no warehouse stands outside of a turn, so that no raised hand waits for it: reading from the
CRM, writing what BI opens, sending.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg

from orchestration.home import Home
from orchestration.leftovers import AT_ONCE, lock_of
from orchestration.locks import Say, exclusive, is_held, say_to_stdout

# So long a run that is not in a hurry lets hands go first that are raised one after the other.
LETS_OTHERS_GO_FIRST_SECONDS = 60.0


class Turn:
    """The turn of one run. It ends when it is let go, when a step fails, with the run, and with its process.

    Args:
        home: whose warehouse.
        is_in_a_hurry: whether this is a run at once, which lets nobody go first.
        patience: how long others are let go first, in seconds.
    """

    def __init__(
        self,
        home: Home,
        *,
        is_in_a_hurry: bool,
        patience: float = LETS_OTHERS_GO_FIRST_SECONDS,
        say: Say = say_to_stdout,
    ) -> None:
        self._home, self._is_in_a_hurry, self._patience, self._say = home, is_in_a_hurry, patience, say
        self._held = ExitStack()
        self._is_ours = False

    @contextmanager
    def kept(self, purpose: str) -> Iterator[None]:
        """Take the turn, unless it is ours already, and keep it for the steps that follow this one.

        Raises:
            Busy: when another run does not let go in time.
        """
        if not self._is_ours:
            lock = self._home.root / "turn.lock"
            self._held.enter_context(exclusive(lock, purpose, say=self._say, others_first=self._others_first()))
            self._is_ours = True
        try:
            yield
        except BaseException:
            self.let_go()
            raise

    def let_go(self) -> None:
        """Let the next one in; nothing happens when it is not our turn."""
        self._is_ours = False
        self._held.close()

    def _others_first(self) -> Callable[[], bool]:
        """Whether a run at once is to go first: not for ever, however many follow each other."""
        patient_until = time.monotonic() + self._patience

        def others_first() -> bool:
            return (
                not self._is_in_a_hurry and time.monotonic() < patient_until and is_held(lock_of(self._home, AT_ONCE))
            )

        return others_first


@contextmanager
def turn_of(context: dg.InitResourceContext) -> Iterator[Turn]:
    """The turn of the run that a resource is made for."""
    run = context.run
    turn = Turn(Home.from_environment(), is_in_a_hurry=run is not None and run.job_name == AT_ONCE)
    try:
        yield turn
    finally:
        turn.let_go()
