"""Runs of the job as processes of their own, which can be killed at a moment of one's choice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from orchestration.home import CHECKOUT
from tests.end_to_end.leadhouse import Leadhouse

JOB = (sys.executable, "-m", "orchestration.run", "--no-summary")
Process = subprocess.Popen[str]
# Blocks until the moment has come; false when the process ended before.
Moment = Callable[[Process], bool]


@contextmanager
def started(home: Leadhouse, as_of: str, *arguments: str, **variables: str) -> Iterator[Process]:
    """The job, started; whatever of it is left at the end of the block is killed."""
    with subprocess.Popen(
        [*JOB, *arguments],
        cwd=CHECKOUT,
        env=home.environment(as_of) | {"PYTHONUNBUFFERED": "1"} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def run_to_the_end(home: Leadhouse, as_of: str, *arguments: str) -> str:
    """Run the job undisturbed and return what it printed.

    Raises:
        AssertionError: it failed; carries the end of what it printed.
    """
    with started(home, as_of, *arguments) as process:
        printed, _ = process.communicate()
    assert process.returncode == 0, f"the job failed:\n{printed[-4000:]}"
    return printed


def killed(home: Leadhouse, as_of: str, moment: Moment, *arguments: str, is_alone: bool = False) -> bool:
    """Run the job and kill it, with all that it started, when the moment has come.

    Args:
        moment: see `Moment`.
        is_alone: kill only the job's own process; the dbt that it started is left to itself.

    Returns:
        Whether it was killed; false when it ended well before.

    Raises:
        AssertionError: it failed by itself; carries the end of what it printed.
    """
    with started(home, as_of, *arguments) as process:
        has_come = moment(process)
        if has_come and is_alone:
            process.kill()
        elif has_come:
            os.killpg(process.pid, signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            return True
        printed = process.stdout.read() if process.stdout else ""
    assert process.returncode == 0, f"the job failed before it was killed:\n{printed[-4000:]}"
    return False


def after_line(pattern: str, seconds: float, at_least: int = 0) -> Moment:
    """Some seconds after a line is printed that begins with the pattern, whose first group is a number or absent."""

    def wait(process: Process) -> bool:
        assert process.stdout is not None
        for line in process.stdout:
            found = re.match(pattern, line)
            if found and (not found.groups() or int(found[1]) >= at_least):
                time.sleep(seconds)
                return process.poll() is None
        return False

    return wait


def when(condition: Callable[[], bool]) -> Moment:
    """As soon as a condition holds."""

    def wait(process: Process) -> bool:
        while process.poll() is None:
            if condition():
                return True
            time.sleep(0.0005)
        return False

    return wait
