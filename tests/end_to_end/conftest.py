"""Two simulated companies, each landed and built once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulation.cli import simulate
from simulation.settings import Settings
from tests.end_to_end.leadhouse import Leadhouse

AS_OF = "2026-10-01T00:00:00Z"
SEEDS = (3, 8)


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's target folder for all builds of our own project, so that it parses only once."""
    return tmp_path_factory.mktemp("dbt_target")


@pytest.fixture(scope="session")
def companies(tmp_path_factory: pytest.TempPathFactory, target: Path) -> dict[int, Leadhouse]:
    """A built warehouse for each seed number, with all the dirt. Not to be changed: copy the landing folder instead."""
    built = {}
    for seed in SEEDS:
        company = Leadhouse(tmp_path_factory.mktemp(f"company_{seed}"), target)
        simulate(Settings(leads=500, days=180, seed=seed, events_per_lead=80), company.root, threads=2, is_quiet=True)
        company.land()
        company.build(AS_OF)
        built[seed] = company
    return built


@pytest.fixture(scope="session")
def company(companies: dict[int, Leadhouse]) -> Leadhouse:
    """The first of them."""
    return companies[SEEDS[0]]
