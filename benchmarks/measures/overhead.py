"""What a job costs before any work is done, and whose time it is: dbt's, Dagster's, ours; and the demo as a whole."""

from __future__ import annotations

import shutil
import sys

from benchmarks.bench import Bench
from benchmarks.companies import LAST_DAY
from benchmarks.runs import Run, timed
from orchestration.project import DBT


def measure(bench: Bench) -> dict[str, Run]:
    """Imports, parses and the whole job of twenty leads, and the demo from an empty folder."""
    tiny, home = bench.tiny, bench.work / "overhead"
    environment = {"LEADHOUSE_HOME": str(tiny.home.root), "LEADHOUSE_AS_OF": f"{LAST_DAY.isoformat()}Z"}
    log = home / "log"

    def python(*arguments: str) -> Run:
        return timed([sys.executable, *arguments], log, environment)

    target = home / "target"
    parse = [str(DBT), "--quiet", "parse", "--project-dir", str(bench.project), "--profiles-dir", str(bench.project)]
    parse += ["--target-path", str(target), "--log-path", str(target)]
    tiny.back_to_before()
    python("-m", "orchestration.run", "--job", "hourly", "--no-summary")
    demo = home / "demo"
    shutil.rmtree(demo, ignore_errors=True)
    return {
        "import_dbt": python("-c", "import dbt.cli.main, dbt.adapters.duckdb"),
        "parse_nothing_known": timed([*parse, "--no-partial-parse"], log, environment),
        "parse_nothing_changed": timed(parse, log, environment),
        "import_dagster": python("-c", "import dagster, dagster_dbt"),
        "import_ours": python("-c", "import orchestration.definitions"),
        "build_tiny_again": tiny.build(LAST_DAY),
        "job_tiny_again": python("-m", "orchestration.run", "--job", "hourly", "--no-summary"),
        "demo": timed([sys.executable, "-m", "orchestration.demo"], log, {"LEADHOUSE_HOME": str(demo)}),
    }
