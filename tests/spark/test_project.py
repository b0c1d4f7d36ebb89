"""The nightly job on a Spark cluster, with all its tests, against the same night on DuckDB: rows, publication, sync."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from orchestration.engines.thrift import Thrift
from orchestration.gate import Unsound, require_sound
from orchestration.home import CHECKOUT, DBT_PROJECT, Home
from orchestration.landing import register
from orchestration.locks import warehouse_reader
from orchestration.project import DBT, Manifest, build_target, read_manifest
from orchestration.publish import marts, published_file, published_parquet
from orchestration.reverse_sync.differences import sync_model
from scale_out.comparison import compare, tables_of
from scale_out.report import written

LEADS, DAYS, SEED = 300, 120, 3
FIRST_NIGHT, LATER_NIGHT = "2026-10-01T00:00:00Z", "2026-11-15T00:00:00Z"
# What time alone changes: points fade, windows close, grades move and the history of grades grows.
FADES = "int_leads_to_score+"
FOLDER = CHECKOUT / "var" / "spark" / "company"
# The one unit test that cannot be given rows on Spark: see the test of components.
NOT_ON_SPARK = {"unit_test.leadhouse.int_record_components.merges_are_followed_to_the_end"}


@dataclass(frozen=True)
class Leadhouse:
    """One Leadhouse: a state folder, and the engine that keeps its warehouse, by its variables."""

    home: Home
    engine: Mapping[str, str]

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a module as its users do."""
        return self._run([sys.executable, *arguments], FIRST_NIGHT)

    def dbt(self, as_of: str, *arguments: str) -> dict[str, str]:
        """Run dbt; gives what each node came to."""
        folder = build_target(self.home)
        command = [str(DBT), "--quiet", "--no-use-colors", *arguments]
        command += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        done = self._run([*command, "--target-path", str(folder), "--log-path", str(folder)], as_of)
        assert done.returncode == 0, done.stdout[-6000:]
        results = json.loads((folder / "run_results.json").read_bytes())["results"]
        return {result["unique_id"]: result["status"] for result in results}

    def _run(self, command: list[str], as_of: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("LEADHOUSE_", "DBT_", "DAGSTER"))
        }
        ours = {"LEADHOUSE_HOME": str(self.home.root), "LEADHOUSE_AS_OF": as_of, "DBT_SEND_ANONYMOUS_USAGE_STATS": "0"}
        return subprocess.run(
            command, cwd=CHECKOUT, env={**kept, **ours, **self.engine}, capture_output=True, text=True, check=False
        )

    def outcomes(self) -> list[dict[str, Any]]:
        """Every outcome of the sync, without what names the run."""
        files = sorted((self.home.landing / "sync" / "outcomes").glob("*.jsonl"))
        rows = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        return [{name: row[name] for name in row if name not in ("run_id", "sent_at")} for row in rows]


@dataclass(frozen=True)
class Engines:
    """The same company on both engines, after the first night."""

    on_duckdb: Leadhouse
    on_spark: Leadhouse
    thrift: Thrift
    manifest: Manifest

    def differing_tables(self, capsys: pytest.CaptureFixture[str], night: str) -> list[str]:
        """Names of tables whose rows differ; the whole comparison is printed and kept."""
        tables = tables_of(self.manifest, ("marts", "sync", "seeds"))
        comparisons = compare(self.on_duckdb.home.warehouse, self.thrift, FOLDER / "spark_rows", tables)
        report = written(comparisons)
        (FOLDER / f"comparison-{night[:10]}.md").write_text(report, encoding="utf-8")
        with capsys.disabled():
            print(f"\nDuckDB and Spark as of {night}\n{report}")
        assert sum(one.duckdb_rows for one in comparisons if one.name.startswith("marts.")) > 10 * LEADS
        return [one.name for one in comparisons if not one.is_equal]


@pytest.fixture(scope="module")
def engines(thrift: Thrift) -> Engines:
    """A small company with all its dirt, landed once; the nightly job on each engine."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    on_duckdb = Leadhouse(Home(FOLDER / "duckdb"), {"LEADHOUSE_TARGET": "duckdb"})
    on_spark = Leadhouse(Home(FOLDER / "spark"), thrift.environment)
    company = ["--leads", str(LEADS), "--days", str(DAYS), "--seed", str(SEED), "--out", str(on_duckdb.home.root)]
    subprocess.run([sys.executable, "-m", "simulation", *company, "--quiet"], cwd=CHECKOUT, check=True)
    # One landing for both: a second would have another load id.
    register(on_duckdb.home)
    shutil.copytree(on_duckdb.home.root, on_spark.home.root)
    with thrift.session() as session:
        for schema in ("marts", "build_log"):
            # what remembers must not remember an earlier test
            session.rows(f"drop schema if exists {schema} cascade")
    for leadhouse in (on_duckdb, on_spark):
        night = leadhouse.python("-m", "orchestration.run")
        assert night.returncode == 0, night.stdout[-3000:] + night.stderr[-3000:]
    return Engines(on_duckdb, on_spark, thrift, read_manifest(on_duckdb.home))


@pytest.fixture
def spark_home(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The state folder of Spark's Leadhouse, and this process set to read its warehouse."""
    for name, value in engines.on_spark.engine.items():
        monkeypatch.setenv(name, value)
    return engines.on_spark.home


def _results(home: Home) -> dict[str, str]:
    with warehouse_reader(home, "a test") as warehouse:
        rows = warehouse.rows("select unique_id, status from build_log.node_results where status <> 'started'")
    return dict(rows)


def test_spark_builds_what_duckdb_builds(
    engines: Engines, spark_home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_spark = _results(spark_home)
    monkeypatch.setenv("LEADHOUSE_TARGET", "duckdb")
    assert on_spark == _results(engines.on_duckdb.home)
    assert set(on_spark.values()) <= {"success", "pass"}
    assert engines.differing_tables(capsys, FIRST_NIGHT) == []


def test_bi_finds_the_same_marts_whichever_engine_built_them(engines: Engines) -> None:
    # a dashboard that was made on DuckDB's file and shows other types, times or rows once the night runs on Spark
    homes = {"duckdb": engines.on_duckdb.home, "spark": engines.on_spark.home}
    with duckdb.connect() as database:
        database.execute("set TimeZone = 'America/New_York'")
        for engine, home in homes.items():
            database.execute(f"attach '{published_file(home)}' as {engine} (read_only)")
        names = marts(engines.manifest)
        for name in names:
            in_file = {engine: f"{engine}.main.{name}" for engine in homes}
            in_parquet = {engine: f"'{published_parquet(home)}/{name}.parquet'" for engine, home in homes.items()}
            expected = database.execute(f"describe from {in_file['duckdb']}").fetchall()
            for relation in (in_file["spark"], *in_parquet.values()):
                assert database.execute(f"describe from {relation}").fetchall() == expected, relation
                for one, other in ((relation, in_file["duckdb"]), (in_file["duckdb"], relation)):
                    surplus = database.execute(f"from {one} except all from {other} limit 3").fetchall()
                    assert not surplus, f"{relation}: {surplus}"
        described = [
            database.execute(
                f"select table_name, column_name, comment from duckdb_columns() where database_name = '{engine}'"
                " and table_name <> 'published_build' order by all"
            ).fetchall()
            for engine in homes
        ]
        clocks = [
            database.execute(f"select as_of, count(*) from {engine}.published_build group by all").fetchall()
            for engine in homes
        ]
    assert described[0] == described[1]
    assert clocks[0] == clocks[1]
    assert published_file(engines.on_spark.home).stat().st_mode & 0o222 == 0


def _sent(home: Home) -> list[str]:
    return [file.read_text(encoding="utf-8") for file in sorted(home.outbox.glob("*/*.csv"))]


def test_the_crm_gets_the_same_whichever_engine_graded(engines: Engines) -> None:
    sent = _sent(engines.on_duckdb.home)
    assert sum(len(file.splitlines()) for file in sent) > LEADS / 2
    assert _sent(engines.on_spark.home) == sent
    assert engines.on_spark.outcomes() == engines.on_duckdb.outcomes()


def test_nothing_is_sent_twice(engines: Engines) -> None:
    shown = engines.on_spark.python("-m", "orchestration.reverse_sync", "--dry-run")
    assert "\n0 records differ" in f"\n{shown.stdout}", shown.stdout + shown.stderr


def test_nothing_leaves_spark_after_a_failed_check(engines: Engines, spark_home: Home) -> None:
    # a gate that asks DuckDB's file while Spark's build failed
    model = sync_model(engines.manifest)
    failed = next(
        name
        for name, node in engines.manifest["nodes"].items()
        if node["resource_type"] == "test" and node.get("attached_node") == model
    )
    columns = "build_id, build_started_at, as_of, destination, unique_id, status, failures, logged_at"
    with warehouse_reader(spark_home, "a test") as warehouse:
        require_sound(warehouse, engines.manifest, [model], to="send")
        now = "cast('2100-01-01 00:00:00' as timestamp)"
        warehouse.rows(
            f"insert into build_log.node_results ({columns}) "
            f"select {columns.replace('status, failures, logged_at', '')} 'fail', 3, {now} "
            f"from build_log.node_results where unique_id = ? limit 1",
            [failed],
        )
        with pytest.raises(Unsound, match="fail, 3 rows"):
            require_sound(warehouse, engines.manifest, [model], to="send")
        warehouse.rows("drop table build_log.node_results")
        with pytest.raises(Unsound, match="never built"):
            require_sound(warehouse, engines.manifest, [model], to="send")


def test_unit_tests_pass_on_spark(engines: Engines) -> None:
    # an expression that reads differently on Spark and that no row of the company happens to meet
    results = engines.on_spark.dbt(FIRST_NIGHT, "test", "--select", "test_type:unit")
    unit_tests = engines.manifest["unit_tests"].keys()
    assert unit_tests - results.keys() <= NOT_ON_SPARK
    assert {results[name] for name in unit_tests & results.keys()} == {"pass"}


def test_a_later_night_fades_the_same(engines: Engines, capsys: pytest.CaptureFixture[str]) -> None:
    # what passes its data tests on DuckDB and has the same rows on Spark passes them there
    for leadhouse, left_out in ((engines.on_duckdb, ["unit_test"]), (engines.on_spark, ["unit_test", "test"])):
        leadhouse.dbt(LATER_NIGHT, "build", "--select", FADES, "--exclude-resource-types", *left_out)
    assert engines.differing_tables(capsys, LATER_NIGHT) == []
