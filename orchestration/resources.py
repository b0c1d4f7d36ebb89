"""What the assets work with: dbt, without the overhead that a run can do without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
import dagster_dbt.core.resource
from dagster_dbt import DbtCliInvocation, DbtCliResource
from packaging.version import Version

from orchestration.project import DBT, project_dir
from orchestration.ready_dbt import ReadyDbt
from orchestration.turn import turn_of

READY_DBT = ReadyDbt()


class Invocation(DbtCliInvocation):
    """A command of dbt, begun by the dbt in waiting."""

    @classmethod
    def run(  # type: ignore[override]
        cls, args: Sequence[str], env: Mapping[str, str], project_dir: Path, dbt_project: Any = None, **others: Any
    ) -> DbtCliInvocation:
        """Begin it; the base class starts `dbt` anew."""
        _, *arguments = args
        process = READY_DBT.run(arguments, env, project_dir)
        return cls(process=process, project_dir=project_dir, project=dbt_project, **others)


# The resource names this class itself, and has no setting for it.
dagster_dbt.core.resource.DbtCliInvocation = Invocation  # type: ignore[misc,attr-defined]


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
