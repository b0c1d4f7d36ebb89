"""The gate: nothing leaves the warehouse unless every check on what it is made of passed, in a build that ended.

It asks the build log (macros/build_log.sql), not the run at hand, so it also holds for a sync that is started alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from orchestration.engines.warehouse import MissingTable, Warehouse
from orchestration.project import Manifest

GOOD = {"success", "pass", "warn", "no-op"}
SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Build:
    """One run of dbt.

    Attributes:
        build_id: dbt's invocation id.
        started_at: when it started, UTC.
        as_of: the clock that it used, UTC.
        destination: the one that its sync models were made for.
    """

    build_id: str
    started_at: datetime
    as_of: datetime
    destination: str


@dataclass(frozen=True)
class _Result:
    """The last row of the build log for one node."""

    build: Build
    status: str
    failures: int | None


class Unsound(RuntimeError):  # noqa: N818
    """The gate is closed: a check failed, did not run, or a build was broken off."""


def require_sound(warehouse: Warehouse, manifest: Manifest, models: Collection[str], to: str) -> dict[str, Build]:
    """Pass only if all models, all that they are made of and all checks on it are sound in the warehouse.

    Args:
        warehouse: where they are.
        manifest: of the dbt project.
        models: unique ids of the models that are about to leave the warehouse.
        to: what for, in the words of the refusal ("send", "publish").

    Returns:
        The build that each of the models comes from.

    Raises:
        Unsound: lists what is wrong and the cure.
    """
    upstream = _ancestors(manifest, models)
    nodes = upstream | _checks_on(manifest, upstream)
    log = _read_log(warehouse)
    problems = [problem for node in sorted(nodes) if (problem := _problem(manifest, log, node, upstream))]
    if problems or not nodes:
        listed = problems[:SHOWN_PROBLEMS] or ["the dbt project has no model that could be sent or published"]
        if len(problems) > SHOWN_PROBLEMS:
            listed.append(f"and {len(problems) - SHOWN_PROBLEMS} more")
        raise Unsound(
            f"refused to {to}: the last build is not sound\n  "
            + "\n  ".join(listed)
            + "\nMend the cause and build again (`python -m orchestration.run --job hourly`, or `dbt build`)."
        )
    return {model: log[model].build for model in models}


def _ancestors(manifest: Manifest, models: Iterable[str]) -> set[str]:
    """The models themselves and every model, seed and snapshot above them that leaves a table or view behind."""
    found: set[str] = set()
    waiting = list(models)
    while waiting:
        node = waiting.pop()
        if node in manifest["nodes"] and node not in found:
            found.add(node)
            waiting += manifest["parent_map"].get(node, [])
    return {node for node in found if manifest["nodes"][node]["config"]["materialized"] != "ephemeral"}


def _checks_on(manifest: Manifest, upstream: set[str]) -> set[str]:
    """The checks that read nothing but these and raw tables. Unit tests are left out: they check code, not data."""
    return {
        name
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "test"
        and (read := {parent for parent in manifest["parent_map"][name] if parent in manifest["nodes"]})
        and read <= upstream
    }


def _read_log(warehouse: Warehouse) -> dict[str, _Result]:
    try:
        rows = warehouse.rows(
            """
            with

            results as (
                select *, row_number() over (partition by unique_id order by logged_at desc) as recency
                from build_log.node_results
            )

            select unique_id, build_id, build_started_at, as_of, destination, status, failures
            from results
            where recency = 1
            """
        )
    except MissingTable:
        return {}
    return {
        node: _Result(Build(build_id, started_at, as_of, destination), status, failures)
        for node, build_id, started_at, as_of, destination, status, failures in rows
    }


def _problem(manifest: Manifest, log: dict[str, _Result], node: str, upstream: set[str]) -> str | None:
    name = _name(manifest, node)
    result = log.get(node)
    if result is None:
        return f"{name}: never built or checked"
    if result.status == "started":
        return f"{name}: the build of {result.build.started_at:%Y-%m-%d %H:%M:%S} UTC was broken off"
    if result.status not in GOOD:
        rows = f", {result.failures} rows" if result.failures else ""
        return f"{name}: {result.status}{rows}"
    for parent in manifest["parent_map"][node]:
        if parent in upstream and parent in log and log[parent].build.started_at > result.build.started_at:
            return f"{name}: older than {_name(manifest, parent)}, which was built again since"
    return None


def _name(manifest: Manifest, node: str) -> str:
    properties = manifest["nodes"][node]
    kind = "check" if properties["resource_type"] == "test" else properties["schema"]
    return f"{kind} {properties['name']}" if kind == "check" else f"{kind}.{properties['alias']}"
