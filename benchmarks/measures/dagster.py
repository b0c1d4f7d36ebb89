"""What Dagster adds to `dbt build`, step by step of what was done about it, on a toy of 40 models and 80 checks.

Figures are in docs/orchestration.md.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.runs import Run, timed
from orchestration.home import CHECKOUT

MODELS = 40
CHAINS = 8
BIN = Path(sys.executable).parent
DEFINITIONS = """
import sys
from pathlib import Path
import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets
from orchestration.resources import LeanDbt
PROJECT = Path(__file__).parent / "dbt"
LEAN = {lean}

@dbt_assets(manifest=PROJECT / "target" / "manifest.json")
def toy(context: dg.AssetExecutionContext, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context).stream()

@dg.asset(deps=["m{last}"])
def after(): ...

@dg.asset(deps=[after])
def after_that(): ...

resource = (LeanDbt if LEAN else DbtCliResource)(
    project_dir=str(PROJECT), profiles_dir=str(PROJECT), dbt_executable={dbt!r}
)
defs = dg.Definitions(
    assets=[toy, after, after_that], jobs=[dg.define_asset_job("all_of_it")], resources={{"dbt": resource}},
    executor={executor},
)
"""
RUN = """
import os, runpy, sys
import dagster as dg
defs = runpy.run_path(sys.argv[1])["defs"]
quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
with dg.DagsterInstance.get() as instance:
    assert defs.resolve_job_def("all_of_it").execute_in_process(instance=instance, run_config=quiet).success
"""
EVENT_LOG = """
event_log_storage:
  module: orchestration.event_log
  class: EventLog
  config: {{base_dir: {base_dir}}}
"""


def make_toy(folder: Path) -> None:
    """A dbt project of chains of models, each with two checks on its key."""
    models = folder / "dbt" / "models"
    models.mkdir(parents=True)
    (folder / "dbt" / "dbt_project.yml").write_text(
        'name: toy\nversion: "1.0"\nprofile: toy\nflags: {send_anonymous_usage_stats: false}\n'
        "models: {toy: {+materialized: table}}\n"
    )
    (folder / "dbt" / "profiles.yml").write_text(
        f"toy: {{target: it, outputs: {{it: {{type: duckdb, path: '{folder}/toy.duckdb', threads: 2}}}}}}\n"
    )
    checks = ["models:"]
    for number in range(MODELS):
        source = f"{{{{ ref('m{number - CHAINS}') }}}}" if number >= CHAINS else "range(1000) as rows (id)"
        (models / f"m{number}.sql").write_text(f"select id from {source}\n")
        checks.append(f"  - {{name: m{number}, columns: [{{name: id, data_tests: [not_null, unique]}}]}}")
    (models / "models.yml").write_text("\n".join(checks) + "\n")


def measure(bench: Bench) -> dict[str, Run]:
    """`dbt build` of the toy by itself, and every variant of it as Dagster assets."""
    folder = bench.work / "dagster"
    if not folder.exists():
        make_toy(folder)
    base = {"PYTHONPATH": str(CHECKOUT), "DO_NOT_TRACK": "1", "DAGSTER_DISABLE_TELEMETRY": "yes"}
    build = [str(BIN / "dbt"), "build", "--project-dir", str(folder / "dbt"), "--profiles-dir", str(folder / "dbt")]
    log, definitions = folder / "log", folder / "definitions.py"
    timed(build, log, base)
    found = {"toy_dbt_build": timed(build, log, base)}
    for name, lean, executor, has_log in (
        ("toy_process_a_step", False, "dg.multiprocess_executor", False),
        ("toy_one_process", False, "dg.in_process_executor", False),
        ("toy_lean_dbt", True, "dg.in_process_executor", False),
        ("toy_open_event_log", True, "dg.in_process_executor", True),
    ):
        home = folder / name
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        (home / "dagster.yaml").write_text(EVENT_LOG.format(base_dir=home / "history" / "runs") if has_log else "")
        definitions.write_text(DEFINITIONS.format(lean=lean, executor=executor, last=MODELS - 1, dbt=str(BIN / "dbt")))
        if name == "toy_process_a_step":
            command = [str(BIN / "dagster"), "job", "execute", "-f", str(definitions), "-j", "all_of_it"]
        else:
            command = [sys.executable, "-c", RUN, str(definitions)]
        found[name] = timed(command, log, base | {"DAGSTER_HOME": str(home)})
    return found
