"""The full build, raw files to marts, against the same SQL without dbt: what dbt, its tests and its log cost."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from orchestration.home import CHECKOUT, DBT_PROJECT, Home
from orchestration.project import DBT

AS_OF = "2026-10-01T00:00:00Z"


@dataclass(frozen=True)
class Run:
    """One measured run.

    Attributes:
        seconds: wall time.
        peak_gb: largest resident memory of the process, in GB.
    """

    seconds: float
    peak_gb: float


@dataclass(frozen=True)
class Figures:
    """What one size gave.

    Attributes:
        leads: simulated lead records.
        events: raw events of all channels.
        simulate, land, build, bare: the runs; ``bare`` is the compiled SQL of all models, run by DuckDB alone.
    """

    leads: int
    events: int
    simulate: Run
    land: Run
    build: Run
    bare: Run

    @property
    def build_vs_bare(self) -> float:
        """Time of ``dbt build`` with all data tests over the time of the bare SQL."""
        return self.build.seconds / self.bare.seconds


def measure(leads: int, days: int, folder: Path) -> Figures:
    """Simulate, land and build in an empty folder.

    Args:
        leads: lead records to simulate; each comes with about 100 events.
        days: length of the simulated history.
        folder: is emptied first; holds everything that the run makes.

    Raises:
        subprocess.CalledProcessError: when a step fails; its output has been printed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    home = Home(folder)
    simulate = ["-m", "simulation", "--leads", str(leads), "--days", str(days), "--seed", "1", "--out", str(folder)]
    python = [sys.executable]
    simulated = _timed([*python, *simulate], home)
    landed = _timed([*python, "-m", "orchestration.landing", "--home", str(folder)], home)
    dbt = [str(DBT), "--quiet", "build", "--exclude-resource-type", "unit_test"]
    dbt += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    dbt += ["--target-path", str(folder / "target"), "--log-path", str(folder / "target")]
    built = _timed(dbt, home)
    bare = _timed([*python, "-m", "benchmarks.bare_sql", str(folder)], home)
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        events = warehouse.execute("select count(*) from intermediate.int_activities").fetchall()[0][0]
    return Figures(leads, int(events), simulated, landed, built, bare)


def _timed(command: list[str], home: Home) -> Run:
    environment = {
        **os.environ,
        "LEADHOUSE_HOME": str(home.root),
        "LEADHOUSE_AS_OF": AS_OF,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "TMPDIR": str(home.root),
    }
    home.root.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command)
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(round(seconds, 2), round(_peak(usage) * unit / 1e9, 2))


def _peak(usage: resource.struct_rusage) -> int:
    return usage.ru_maxrss


def table(figures: list[Figures]) -> str:
    """The figures as text, one row a size."""
    lines = [
        "     leads       events   simulate      land     build  bare SQL  build/bare  peak GB   events/s   leads/s",
    ]
    for each in figures:
        lines.append(
            f"{each.leads:>10,} {each.events:>12,} {each.simulate.seconds:>8,.1f} s {each.land.seconds:>7,.1f} s"
            f" {each.build.seconds:>7,.1f} s {each.bare.seconds:>7,.1f} s {each.build_vs_bare:>11.2f}"
            f" {each.build.peak_gb:>8.2f}"
            f" {each.events / each.build.seconds:>10,.0f} {each.leads / each.build.seconds:>9,.0f}"
        )
    return "\n".join(lines)


def as_json(figures: list[Figures]) -> str:
    """The figures for a machine."""
    rows = [{**asdict(each), "build_vs_bare": round(each.build_vs_bare, 3)} for each in figures]
    return json.dumps({"full_build": rows}, indent=2) + "\n"
