"""Kills a real sync at every moment at which it waits for the disk, and lets the next one repair it.

Usage: python killed_sync.py HOME_TEMPLATE SCRATCH. For each k it copies the template, starts a sync in a process of its
own that is killed (-9) at its k-th fsync, then one that may end, and prints one JSON object a line with what arrived.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path

from orchestration.home import Home
from orchestration.reverse_sync.file import FileDestination
from orchestration.reverse_sync.push import push


class SmallBatches(FileDestination):
    """The file destination, with batches so small that there are several."""

    ROWS_IN_A_FILE = 2


def sync(home: Home, dies_at: int | None) -> None:
    """Run one sync in this process; it kills itself at an fsync, counted from 1."""
    fsync, count = os.fsync, 0

    def fsync_or_die(descriptor: int) -> None:
        nonlocal count
        count += 1
        if count == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        fsync(descriptor)

    os.fsync = fsync_or_die  # type: ignore[assignment]
    manifest = json.loads((home.root / "target" / "manifest.json").read_bytes())
    push(home, manifest, connect=lambda where, name, run_id: SmallBatches(where.outbox, run_id))


def in_a_process(home: Home, dies_at: int | None) -> int:
    """Run one sync in a child. Returns its exit code, negative if a signal ended it."""
    child = os.fork()
    if child == 0:
        try:
            sync(home, dies_at)
            os._exit(0)
        except BaseException as problem:
            print(f"{type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Die at every moment there is."""
    template, scratch = Path(sys.argv[1]), Path(sys.argv[2])
    died, moment = True, 0
    while died:
        moment += 1
        home = Home(scratch / str(moment))
        shutil.copytree(template, home.root, symlinks=True)
        died = in_a_process(home, moment) == -signal.SIGKILL
        restarted = in_a_process(home, None)
        again = in_a_process(home, None)
        lines = [line for file in sorted(home.outbox.glob("*/*.csv")) for line in file.read_text().splitlines()[1:]]
        outcomes = [
            json.loads(line)
            for file in sorted((home.landing / "sync" / "outcomes").glob("*.jsonl"))
            for line in file.read_text().splitlines()
        ]
        report = {
            "moment": moment,
            "died": died,
            "exit_codes": [restarted, again],
            "lines": sorted(lines),
            "accepted": sorted(
                [row["object"], row["record_id"], json.loads(row["payload"])]
                for row in outcomes
                if row["outcome"] == "accepted"
            ),
            "left_over": sorted(path.name for path in (home.outbox / "intents").glob("*")),
        }
        print(json.dumps(report), flush=True)
        shutil.rmtree(home.root)


if __name__ == "__main__":
    main()
