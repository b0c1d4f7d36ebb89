"""The benchmark's own environment, and a dirty company that came in two loads, each built on the one before."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from orchestration.home import CHECKOUT
from simulation.cli import main as simulate
from tests.end_to_end.leadhouse import Leadhouse

AS_OF = "2026-10-01T00:00:00Z"
COMPANY = ["--leads", "400", "--days", "60", "--seed", "21", "--events-per-lead", "80", "--quiet"]


@pytest.fixture(scope="session")
def bench_python() -> str:
    """The Python that has the peers' libraries; installed when first asked for."""
    subprocess.run([CHECKOUT / "scripts" / "install", "bench"], check=True)
    return str(CHECKOUT / ".venv-bench" / "bin" / "python")


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Leadhouse:
    """Text and Parquet, bad lines, repeated events, merged and shared records; built, and a day later built on."""
    leadhouse = Leadhouse(tmp_path_factory.mktemp("company"), tmp_path_factory.mktemp("target"))
    place: list[str | Path] = ["--out", leadhouse.root]
    last_day = ["--append", "--first-day", "2026-09-30", "--last-day", "2026-09-30"]
    for period, as_of in ((["--last-day", "2026-09-29"], "2026-09-30T00:00:00Z"), (last_day, AS_OF)):
        assert simulate([str(option) for option in [*COMPANY, *place, *period]]) == 0
        leadhouse.land()
        leadhouse.build(as_of)
    return leadhouse
