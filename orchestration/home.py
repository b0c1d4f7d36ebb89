"""Where everything lives: one folder, `LEADHOUSE_HOME`, and the paths under it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
DBT_PROJECT = CHECKOUT / "dbt_project"


@dataclass(frozen=True)
class Home:
    """The state folder of one Leadhouse. Its paths need not exist yet."""

    root: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Home:
        """The folder that `LEADHOUSE_HOME` names (relative to the current folder), else `var/` in the checkout."""
        named = (os.environ if environment is None else environment).get("LEADHOUSE_HOME", "").strip()
        return cls(Path(named).expanduser().resolve() if named else CHECKOUT / "var")

    @property
    def landing(self) -> Path:
        """What arrived; never changed by us, except that the sync appends its outcomes."""
        return self.root / "landing"

    @property
    def raw(self) -> Path:
        """The accepted files as Parquet, and the register of all files."""
        return self.root / "raw"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that dbt writes."""
        return self.root / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """The copy that BI tools read."""
        return self.root / "published"

    @property
    def outbox(self) -> Path:
        """Where the `file` destination of the sync writes."""
        return self.root / "outbox"

    @property
    def dagster(self) -> Path:
        """Dagster's own runs and schedules."""
        return self.root / "dagster"
