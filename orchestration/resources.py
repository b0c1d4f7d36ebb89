"""What the assets work with: dbt, without the overhead that a run can do without."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource
from packaging.version import Version

from orchestration.project import DBT, project_dir
from orchestration.turn import turn_of


class LeanDbt(DbtCliResource):
    """dbt's command line, told what it would otherwise spend seconds on finding out at every call."""

    @property
    def _cli_version(self) -> Version:
        """The base class starts dbt a second time to ask."""
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Any) -> Any:
        """The base class loads dbt into our own process, for row counts and columns; nobody here asks for these."""
        return None


def resources() -> dict[str, Any]:
    """The resources of the definitions, by the name under which assets ask for them."""
    project = str(project_dir())
    dbt = LeanDbt(project_dir=project, profiles_dir=project, dbt_executable=str(DBT))
    return {"dbt": dbt, "turn": dg.ResourceDefinition(turn_of)}
