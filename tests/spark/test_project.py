"""The whole project on a Spark cluster, with all its tests, and every mart row by row against DuckDB's."""

from __future__ import annotations

import subprocess
import sys

import pytest

from orchestration.home import CHECKOUT, Home
from orchestration.landing import register
from scale_out.comparison import compare, tables_of
from scale_out.connection import Thrift
from scale_out.project import Project
from scale_out.report import written

LEADS, DAYS, SEED = 300, 120, 3
FIRST_NIGHT, LATER_NIGHT = "2026-10-01T00:00:00Z", "2026-11-15T00:00:00Z"
# What time alone changes: points fade, windows close, grades move and the history of grades grows.
FADES = ("int_engagement_decay_days+", "int_engagement_band_contributions+", "int_engagement_idle_contributions+")
FOLDER = CHECKOUT / "var" / "spark" / "company"


@pytest.fixture(scope="module")
def home() -> Home:
    """A small company with all its dirt, landed."""
    options = [
        "--leads",
        str(LEADS),
        "--days",
        str(DAYS),
        "--seed",
        str(SEED),
        "--out",
        str(FOLDER),
        "--force",
        "--quiet",
    ]
    for name in ("warehouse.duckdb", "raw"):
        subprocess.run(["rm", "-rf", str(FOLDER / name)], check=True)
    subprocess.run([sys.executable, "-m", "simulation", *options], cwd=CHECKOUT, check=True)
    register(Home(FOLDER))
    return Home(FOLDER)


def _differences(spark: Project, thrift: Thrift, capsys: pytest.CaptureFixture[str], night: str) -> list[str]:
    tables = tables_of(spark.manifest(), ("marts", "sync", "seeds"))
    comparisons = compare(spark.home.warehouse, thrift, FOLDER / "spark_rows", tables)
    report = written(comparisons)
    (FOLDER / f"comparison-{night[:10]}.md").write_text(report, encoding="utf-8")
    with capsys.disabled():
        print(f"\nDuckDB and Spark as of {night}\n{report}")
    assert sum(one.duckdb_rows for one in comparisons if one.name.startswith("marts.")) > 10 * LEADS
    return [one.name for one in comparisons if not one.is_equal]


def test_spark_builds_what_duckdb_builds(home: Home, thrift: Thrift, capsys: pytest.CaptureFixture[str]) -> None:
    duckdb, spark = Project(home), Project(home, thrift)
    with thrift.session() as session:
        # a mart that remembers must not remember an earlier test
        session.rows("drop schema if exists marts cascade")
    duckdb.dbt(FIRST_NIGHT, "build")
    spark.load_raw_tables()
    spark.dbt(FIRST_NIGHT, "build")
    ran = {result["unique_id"]: result["status"] for result in spark.results()}
    expected = {result["unique_id"] for result in duckdb.results()}
    # the one unit test that cannot be given rows there: see the test of components
    assert expected - ran.keys() <= {"unit_test.leadhouse.int_record_components.merges_are_followed_to_the_end"}
    assert set(ran.values()) <= {"success", "pass"}
    assert _differences(spark, thrift, capsys, FIRST_NIGHT) == []

    for project in (duckdb, spark):
        project.dbt(LATER_NIGHT, "build", "--select", *FADES, "--exclude-resource-type", "unit_test")
    assert _differences(spark, thrift, capsys, LATER_NIGHT) == []
