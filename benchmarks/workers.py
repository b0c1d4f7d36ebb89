"""``.venv-spark/bin/python -m benchmarks.workers``: the same company on one worker, then more.

Each worker has one core; the driver and dbt have what the workers leave. So a machine needs a core more than it has
workers for the time by the clock to say what they give, and the output tells how many it has. Processor time is that of
tasks, which does not depend on what else runs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.companies import LAST_DAY, WORK, Company
from benchmarks.companies import Size as CompanySize
from benchmarks.runs import RunFailedError, timed
from orchestration.engines.raw_views import show_raw_tables
from orchestration.engines.warehouse import EngineError
from orchestration.files import write_whole
from orchestration.home import DBT_PROJECT
from orchestration.project import OUR_DBT
from scale_out.cluster import ClusterError, Size, running_cluster
from scale_out.stages import model_costs

RESULTS = Path(__file__).parent / "results" / "workers.json"
DAYS, EVENTS_PER_LEAD = 88, 100
SHOWN_MODELS = 6


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, keep. Exit code 1: a cluster or a build failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    parser.add_argument("--leads", type=int, default=20_000, help="lead records of the company (default: 20,000)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="workers of each run (default: 1 2)")
    parser.add_argument("--memory-mb", type=int, default=2560, help="memory of each worker (default: 2,560)")
    parser.add_argument("--work", type=Path, help="folder for the company, kept (default: a temporary one)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file to keep the figures in")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        work = (options.work or Path(temporary)).resolve()
        company = Company(work / "company", CompanySize(options.leads, DAYS, EVENTS_PER_LEAD), DBT_PROJECT)
        company.prepare()
        try:
            runs = [measure(company, work / "spark", Size(count, 1, options.memory_mb)) for count in options.workers]
        except (ClusterError, EngineError, RunFailedError) as error:
            print(error, file=sys.stderr)
            return 1
    results = {"leads": options.leads, "events": company.events, "cores": os.cpu_count(), "runs": runs}
    write_whole(options.results, json.dumps(results, indent=2) + "\n")
    print(f"{company.events:,} events, {os.cpu_count()} cores; kept in {options.results}")
    for run in runs:
        print(
            f"{run['workers']} workers: {run['seconds']:,.0f} s, tasks {run['task_cpu_seconds']:,.0f} processor seconds"
        )
    return 0


def measure(company: Company, folder: Path, size: Size) -> dict[str, Any]:
    """Build models and seeds of the work on a cluster of this size, which starts from nothing.

    Returns:
        ``seconds`` of the build; ``task_cpu_seconds`` and ``task_seconds`` of all tasks; ``shuffle_mb``; ``models``:
        what each of the dearest took by the clock and in processor time, and its longest task over the median one.

    Raises:
        ClusterError: the cluster does not come up.
        EngineError: Spark cannot be told of the raw tables.
        RunFailedError: the build failed.
    """
    home = company.home
    with running_cluster(folder, size, afresh=True) as cluster:
        os.environ.update({**cluster.thrift.environment, "LEADHOUSE_HOME": str(home.root)})
        os.environ["LEADHOUSE_AS_OF"] = f"{LAST_DAY.isoformat()}Z"
        print(f"{size.workers} workers: building {company.events:,} events", flush=True)
        show_raw_tables(home)
        target = home.root / "target-spark"
        command = [*OUR_DBT, "--quiet", "build", "--exclude-resource-type", "unit_test", "test", *WORK]
        command += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        run = timed([*command, "--target-path", str(target), "--log-path", str(target)], target / "dbt.output")
        costs = model_costs(cluster.driver_page)
    nodes = json.loads((target / "run_results.json").read_text())["results"]
    models = {node["unique_id"].rsplit(".", 1)[-1]: round(node["execution_time"], 1) for node in nodes}
    return {
        "workers": size.workers,
        "seconds": round(run.seconds, 1),
        "task_cpu_seconds": round(sum(cost.cpu_seconds for cost in costs), 1),
        "task_seconds": round(sum(cost.run_seconds for cost in costs), 1),
        "shuffle_mb": round(sum(cost.shuffle_mb for cost in costs), 1),
        "models": {
            cost.model: {
                "seconds": models.get(cost.model),
                "cpu_seconds": round(cost.cpu_seconds, 1),
                "skew": round(cost.skew, 2),
            }
            for cost in costs[:SHOWN_MODELS]
        },
    }


if __name__ == "__main__":
    sys.exit(main())
