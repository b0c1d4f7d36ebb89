"""Sends to a local CRM and dies (-9) at a drawn moment, then sends again what is open.

Usage: python killed_sending.py CASE URL FOLDER KILLS ROWS. A moment is one before or after a wait for the disk, a
renaming or a part of a request. Prints one JSON object for each kill.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestration.reverse_sync import hubspot as hubspot_module
from orchestration.reverse_sync import salesforce as salesforce_module
from orchestration.reverse_sync.journal import Journal
from orchestration.reverse_sync.protocol import Change
from tests.destinations.conftest import hubspot_at, salesforce_at
from tests.destinations.sending import journal, send_all
from tests.destinations.test_faults import changes_of, everything, open_rows

MOMENTS = {"salesforce calls": 40, "salesforce jobs": 60, "hubspot": 40}
"""About as many as a run has; a kill after the end tells nothing."""


def dying_at(moment: int) -> Callable[[Any], Any]:
    """Wraps what leaves a trace, so that the process ends at the given one of its steps."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        if count == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrap(call: Any) -> Any:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            step()
            result = call(*arguments, **named)
            step()
            return result

        return wrapped

    return wrap


def send(case: str, url: str, log: Journal, changes: list[Change], moment: int | None) -> None:
    """One run, which dies at a moment."""
    if moment is not None:
        wrap = dying_at(moment)
        os.fsync, os.replace = wrap(os.fsync), wrap(os.replace)
        Path.replace = wrap(Path.replace)  # type: ignore[method-assign]
        http.client.HTTPConnection.send = wrap(http.client.HTTPConnection.send)  # type: ignore[method-assign]
    destination = hubspot_at(url) if case == "hubspot" else salesforce_at(url)
    waiting = open_rows(changes, log, destination.name)
    send_all(destination, waiting, log, tries_in_a_run=3)


def in_a_process(*arguments: Any) -> int:
    """Run one in a child; its exit code, negative if a signal ended it."""
    child = os.fork()
    if child == 0:
        try:
            send(*arguments)
            os._exit(0)
        except BaseException as problem:
            print(f"{type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Die as often as it was asked for."""
    case, url, folder, kills, rows = sys.argv[1:]
    hubspot_module.ROWS_IN_A_CALL = 7
    salesforce_module.ROWS_IN_A_CALL = 3 if "jobs" in case else 7
    salesforce_module.ROWS_BY_CALLS = 0 if "jobs" in case else 10**6
    salesforce_module.ROWS_IN_A_JOB = 11
    for kill in range(int(kills)):
        chance = random.Random(f"{case} {kill}")
        log = journal(Path(folder) / str(kill))
        changes = changes_of(case, int(rows), kill * int(rows))
        died = in_a_process(case, url, log, changes, chance.randrange(1, MOMENTS[case])) == -signal.SIGKILL
        for _ in range(3):
            assert in_a_process(case, url, log, changes, None) == 0
        name = "hubspot" if case == "hubspot" else "salesforce"
        taken = Counter(
            row["record_id"] for row in everything(log, name) if row["outcome"] in ("accepted", "unchanged")
        )
        report = {
            "died": died,
            "taken": [taken[change.record_id] for change in changes],
            "open": len(list((Path(folder) / str(kill) / "intents").glob("*.jsonl"))),
        }
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
