"""The warehouse as Dagster assets: one a dbt model or seed, with dbt's tests as their checks, built by one dbt."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from datetime import timedelta
from signal import SIGINT
from subprocess import Popen, TimeoutExpired
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets

from orchestration.engines.raw_views import show_raw_tables
from orchestration.engines.warehouse import target
from orchestration.instance import home_of_this_process
from orchestration.locks import warehouse_writer
from orchestration.progress import DbtProgress
from orchestration.project import build_target, read_manifest
from orchestration.reverse_sync.differences import sent_nodes
from orchestration.turn import Turn

HOME = home_of_this_process()
MANIFEST = read_manifest(HOME)
# Hourly refreshes may fail for a while before anybody is told; a night without a refresh may not.
STALE_AFTER = timedelta(hours=26)
FRESHNESS = dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=3), fail_window=STALE_AFTER)
SECONDS_TO_END = 20


class Translator(DagsterDbtTranslator):
    """Assets are grouped by layer; the marts promise to be fresh."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer: the folder right below models/, or seeds."""
        layer = dbt_resource_props["resource_type"] + "s"
        return layer if layer in ("seeds", "snapshots") else str(dbt_resource_props["fqn"][1])

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        """As usual, and a freshness policy for the marts."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        return spec.replace_attributes(freshness_policy=FRESHNESS) if spec.group_name == "marts" else spec


TRANSLATOR: DagsterDbtTranslator = Translator()
SENT_ASSETS = [TRANSLATOR.get_asset_key(MANIFEST["nodes"][unique_id]) for unique_id in sent_nodes(MANIFEST)]
"""What a sync reads."""
EVENT_TABLES = {
    (source["source_name"], source["name"]) for source in MANIFEST["sources"].values() if source["name"] == "events"
}
"""The raw tables, as (source, table), that say what people do."""


@dbt_assets(manifest=MANIFEST, name="warehouse", dagster_dbt_translator=TRANSLATOR)
def warehouse(context: dg.AssetExecutionContext, dbt: DbtCliResource, turn: dg.ResourceParam[Turn]) -> Iterator[Any]:
    """Build and check the models that the run selects. A failed check is not retried: it would fail again."""
    with turn.kept("the build"), warehouse_writer(HOME, "the build"):
        if target() == "spark":
            show_raw_tables(HOME)
        # Unit tests prove code, and are run where code changes. A check that also reads what this run does not build
        # would compare tables of two clocks.
        command = ["build", "--exclude-resource-type", "unit_test", "--indirect-selection", "buildable"]
        # To write all of the project and every step of a build into files takes seconds in which nothing is built;
        # what dbt says of a step is in Dagster's history.
        command += ["--no-write-json", "--log-level-file", "none"]
        invocation = dbt.cli(command, context=context, target_path=build_target(HOME))
        try:
            with redirect_stdout(DbtProgress(sys.stdout)):
                yield from invocation.stream()
        finally:
            _end(invocation.process)


def _end(process: Popen[bytes]) -> None:
    """No dbt outlives its step: it would go on writing without the lock."""
    if process.poll() is None:
        process.send_signal(SIGINT)
        try:
            process.wait(timeout=SECONDS_TO_END)
        except TimeoutExpired:
            process.kill()
            process.wait()
