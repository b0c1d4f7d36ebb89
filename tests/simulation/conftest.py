"""Simulated companies that many tests look at; each is made once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from simulation.cli import simulate
from simulation.settings import FileFormats, Settings

END = datetime(2026, 10, 1, tzinfo=UTC)
SMALL = Settings(leads=400, days=40, seed=11, events_per_lead=60)
CLEAN = Settings(leads=400, days=40, seed=11, events_per_lead=60, has_dirt=False, formats=FileFormats.parquet)


@dataclass(frozen=True)
class Simulated:
    """A finished simulation."""

    out: Path

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query in which `{landing}` and `{truth}` are the folders."""
        with duckdb.connect() as connection:
            text = sql.format(landing=self.out / "landing", truth=self.out / "truth")
            return list(connection.execute(text).fetchall())

    def number(self, sql: str) -> int:
        """The one number of a query."""
        ((value,),) = self.query(sql)
        return int(str(value))


def made(folder: Path, settings: Settings, threads: int = 2) -> Simulated:
    """Simulate into a folder."""
    simulate(settings, folder, threads=threads, is_quiet=True)
    return Simulated(folder)


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """Mixed formats and all the dirt."""
    return made(tmp_path_factory.mktemp("dirty"), SMALL)


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """The same company, Parquet only and no dirt."""
    return made(tmp_path_factory.mktemp("clean"), CLEAN)
