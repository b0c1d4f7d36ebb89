"""`python -m scale_out`: a Spark cluster on this machine, and whether it builds what DuckDB built."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from requests import RequestException

from orchestration.engines.thrift import Thrift, ThriftError
from orchestration.home import CHECKOUT, Home
from orchestration.project import ProjectError, read_manifest
from scale_out.cluster import ClusterError, Size, running_cluster
from scale_out.comparison import COMPARED_LAYERS, ComparisonError, compare, tables_of
from scale_out.report import written
from scale_out.stages import model_costs, table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 1 when something fails or the engines differ."""
    parser = argparse.ArgumentParser(prog="python -m scale_out", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="a cluster on 127.0.0.1 until Ctrl-C; prints what dbt needs to find it")
    up.add_argument("--workers", type=int, default=2, help="worker processes")
    up.add_argument("--cores", type=int, default=1, help="cores of each worker")
    up.add_argument("--memory-mb", type=int, default=2048, help="memory of each worker and of the thrift server")
    up.add_argument("--folder", type=Path, default=CHECKOUT / "var" / "spark", help="logs, catalog and tables")
    compared = commands.add_parser("compare", help="Spark's tables against DuckDB's, row by row")
    compared.add_argument("--layers", nargs="+", default=list(COMPARED_LAYERS), help="schemas to compare")
    compared.add_argument("--home", type=Path, help="the state folder (default: LEADHOUSE_HOME, else var/)")
    stages = commands.add_parser("stages", help="what each model that a running cluster built has cost")
    stages.add_argument("--page", required=True, help="the driver's page, as `up` prints it")
    given = parser.parse_args(arguments)
    try:
        if given.command == "up":
            return _up(given.folder.resolve(), Size(given.workers, given.cores, given.memory_mb))
        if given.command == "stages":
            print(table(model_costs(given.page)))
            return 0
        return _compare(Home(given.home.resolve()) if given.home else Home.from_environment(), given.layers)
    except (ClusterError, ComparisonError, ProjectError, RequestException, ThriftError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


def _up(folder: Path, size: Size) -> int:
    with running_cluster(folder, size) as cluster:
        for name, value in cluster.thrift.environment.items():
            print(f"export {name}={value}")
        print(f"# master {cluster.master_page}, driver {cluster.driver_page}, logs {folder}/logs", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("# stopping", flush=True)
    return 0


def _compare(home: Home, layers: Sequence[str]) -> int:
    tables = tables_of(read_manifest(home), layers)
    comparisons = compare(home.warehouse, Thrift.from_environment(), home.root / "spark_rows", tables)
    print(written(comparisons))
    return 0 if all(one.is_equal for one in comparisons) else 1


if __name__ == "__main__":
    sys.exit(main())
