"""Progress while it works: one line a stage, rewritten on a terminal, repeated now and then in a log."""

from __future__ import annotations

import io
import re
import sys
import time
from typing import TextIO

SECONDS_BETWEEN_LINES = 2.0
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# "12 of 98 OK created sql table model marts.leads .... [OK in 0.03s]"; hooks are counted apart and are not shown.
DBT_STEP = re.compile(r"^(\d+) of (\d+) (START|OK|PASS|WARN|FAIL|ERROR|SKIP|NO-OP) ?(\d*)(.*)$")
DBT_END = re.compile(r"^(Completed with|Encountered an error)")


class Progress:
    """The progress of one stage.

    Args:
        stage: its name.
        out: where to show it; default is standard output.
    """

    def __init__(self, stage: str, out: TextIO | None = None) -> None:
        self._stage = stage
        self._out = out or sys.stdout
        self._started = time.monotonic()
        self._next = self._started
        self._rewrites = self._out.isatty()

    def show(self, done: int, total: int, what: str = "") -> None:
        """Tell how far the stage is; the last step is always shown."""
        now = time.monotonic()
        finished = done >= total
        if now < self._next and not finished:
            return
        self._next = now + (0.1 if self._rewrites else SECONDS_BETWEEN_LINES)
        line = f"{self._stage:<8} {done:>9,} of {total:<9,} {now - self._started:6.1f} s"
        if not finished and what:
            line += f"  {what:.60}"
        self._out.write(f"\r\x1b[K{line}" if self._rewrites else line)
        if finished or not self._rewrites:
            self._out.write("\n")
        self._out.flush()


class DbtProgress(io.TextIOBase):
    """A text stream for dbt's console output: its steps become progress, its warnings and errors stay."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._progress = Progress("build", out)
        self._done = 0
        self._rest = ""
        self._keep = False

    def write(self, text: str) -> int:
        """Take any piece of dbt's output."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._take(ANSI.sub("", line))
        return len(text)

    def _take(self, line: str) -> None:
        step = DBT_STEP.match(line)
        if self._keep or DBT_END.match(line):
            self._keep = True
            self._out.write(line + "\n")
        elif step and " hook: " not in line:
            total, status, words = int(step[2]), step[3], step[5].replace("[RUN]", "").partition(" ..")[0].split()
            if status == "START":
                self._progress.show(self._done, total, words[-1] if words else "")
                return
            self._done += 1
            if status in ("WARN", "FAIL", "ERROR"):
                self._out.write(line + "\n")
            self._progress.show(self._done, total)
