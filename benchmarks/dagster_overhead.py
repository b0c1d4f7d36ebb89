"""What Dagster adds to `dbt build`, step by step of what was done about it, on a toy of 40 models and 80 checks.

Run it on a quiet machine: `python -m benchmarks.dagster_overhead`. Figures are in docs/orchestration.md.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def measure(name: str, command: list[str], folder: Path, environment: dict[str, str], repeats: int) -> None:
    """Run a command several times and print its best time and processor time."""
    best = (float("inf"), float("inf"))
    for _ in range(repeats):
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0:
            raise SystemExit(f"{name} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, (seconds, processor))
    print(f"| {name} | {best[0]:.1f} | {best[1]:.1f} |", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Measure all variants."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dagster_overhead", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each variant; the best counts (default: 3)")
    repeats = parser.parse_args(arguments).repeats
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_toy(folder)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "DAGSTER", "LEADHOUSE_"))
        }
        base = kept | {"PYTHONPATH": str(CHECKOUT), "DO_NOT_TRACK": "1", "DAGSTER_DISABLE_TELEMETRY": "yes"}
        build = [str(BIN / "dbt"), "build", "--project-dir", "dbt", "--profiles-dir", "dbt"]
        subprocess.run(build, cwd=folder, env=base, capture_output=True, check=True)
        print("| variant | seconds | processor seconds |\n| --- | ---: | ---: |")
        measure("`dbt build`", build, folder, base, repeats)
        for name, lean, executor, log in (
            ("`dagster job execute`, a process a step", False, "dg.multiprocess_executor", False),
            ("all steps in one process", False, "dg.in_process_executor", False),
            ("and dbt not started twice, no adapter in our process", True, "dg.in_process_executor", False),
            ("and the event log's connections stay open", True, "dg.in_process_executor", True),
        ):
            home = folder / f"dagster_{len(name)}"
            home.mkdir()
            (home / "dagster.yaml").write_text(EVENT_LOG.format(base_dir=home / "history" / "runs") if log else "")
            last, dbt = MODELS - 1, str(BIN / "dbt")
            definitions = folder / "definitions.py"
            definitions.write_text(DEFINITIONS.format(lean=lean, executor=executor, last=last, dbt=dbt))
            if "execute" in name:
                command = [str(BIN / "dagster"), "job", "execute", "-f", "definitions.py", "-j", "all_of_it"]
            else:
                command = [sys.executable, "-c", RUN, "definitions.py"]
            measure(name, command, folder, base | {"DAGSTER_HOME": str(home)}, repeats)
    return 0


if __name__ == "__main__":
    sys.exit(main())
