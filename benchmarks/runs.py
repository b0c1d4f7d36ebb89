"""A command, timed, with its processor time and its peak memory; one that fails or grows too large is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.home import CHECKOUT

# Of the machine's memory: beyond it other processes would be killed in its place.
MEMORY_SHARE = 0.85


class RunFailedError(RuntimeError):
    """A measured command did not end well; the message says why."""


@dataclass(frozen=True)
class Run:
    """One measured run.

    Attributes:
        seconds: wall time.
        cpu_seconds: processor time of the process and those it waited for.
        peak_gb: largest resident memory of one process, in GB.
    """

    seconds: float
    cpu_seconds: float
    peak_gb: float

    def __add__(self, other: Run) -> Run:
        """One after the other."""
        return Run(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds, max(self.peak_gb, other.peak_gb))


def timed(command: list[str], log: Path, environment: Mapping[str, str] | None = None, hours: float = 2) -> Run:
    """Run a command to its end.

    Args:
        command: what to run, in the checkout.
        log: gets its output.
        environment: variables beside those of this process.
        hours: when to give up.

    Raises:
        RunFailedError: it failed, was killed, needed more memory than the machine has, or took too long.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        watch = _Watch(process.pid, hours)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.ended.set()
        watch.join()
    if process.returncode != 0:
        said = log.read_text(errors="replace").strip().splitlines()
        reason = watch.verdict or (
            "killed, most likely for want of memory" if process.returncode == -signal.SIGKILL else "\n".join(said[-15:])
        )
        raise RunFailedError(f"{reason} (after {seconds:,.0f} s)")
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Run(round(seconds, 3), round(usage.ru_utime + usage.ru_stime, 3), round(kilobytes * 1024 / 1e9, 3))


class _Watch(threading.Thread):
    """Ends a process group that grows too large or takes too long."""

    def __init__(self, pid: int, hours: float) -> None:
        super().__init__(daemon=True)
        self.pid, self.ends_at = pid, time.monotonic() + hours * 3600
        self.limit = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * MEMORY_SHARE
        self.ended, self.verdict = threading.Event(), ""

    def run(self) -> None:
        while not self.ended.wait(0.5):
            used = _resident_bytes(self.pid)
            if used > self.limit:
                self.verdict = (
                    f"ended by us at {used / 1e9:.0f} GB, the machine has {self.limit / MEMORY_SHARE / 1e9:.0f}"
                )
            elif time.monotonic() > self.ends_at:
                self.verdict = "ended by us: too slow"
            else:
                continue
            # our own child and what it started, and not reaped yet: the wait above is still going on
            os.killpg(self.pid, signal.SIGTERM)
            if not self.ended.wait(20):
                os.killpg(self.pid, signal.SIGKILL)
            return


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
