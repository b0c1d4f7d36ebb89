"""The jobs as they run: landing, build, publish and sync in one process, and what remains when one of them fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec

import duckdb
import pytest

from orchestration.publish import published_file
from tests.orchestration.test_sync import LINES
from tests.orchestration.workshop import Workshop, kill, wait_until

SLOW = " where (select count(*) from range(30000000) a, range(100) b where a.range + b.range > 0) > 0\n"


@contextmanager
def webhook() -> Iterator[tuple[str, list[bytes]]]:
    """A webhook on loopback, and what it was sent."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/secret-path", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(workshop: Workshop, *arguments: str, **variables: str) -> tuple[int, str]:
    done = workshop.python("-m", "orchestration.run", "--no-summary", *arguments, **variables)
    return done.returncode, done.stdout + done.stderr


def test_the_nightly_job_goes_all_the_way_and_the_next_one_sends_nothing(own: Workshop) -> None:
    code, words = run(own)
    assert code == 0, words
    assert "job nightly succeeded in" in words
    for stage in ("landing", "build", "publish", "sync"):
        assert any(line.startswith(stage) for line in words.splitlines()), f"no progress of {stage}:\n{words}"
    assert own.sent_lines() == LINES
    assert published_file(own.home).exists()

    code, words = run(own)
    assert code == 0, words
    assert own.sent_lines() == LINES
    # What was sent came back as a source.
    assert own.query("select count(*) from staging.base_sync__outcomes") == [(4,)]

    # Dagster keeps what each asset came to, in the log that the page reads.
    asked = own.python(
        "-c",
        """
import json
from orchestration.instance import dagster_home, home_of_this_process
dagster_home(home_of_this_process())
import dagster as dg
with dg.DagsterInstance.get() as instance:
    assert type(instance.event_log_storage).__name__ == "EventLog"
    found = {}
    for key in ("crm_grades", "published_marts", "marts/leads", "sync/outcomes"):
        events = instance.fetch_materializations(dg.AssetKey(key.split("/")), limit=10).records
        found[key] = [{n: v.value for n, v in e.asset_materialization.metadata.items()} for e in events]
    print(json.dumps(found, default=str))
""",
    )
    assert asked.returncode == 0, asked.stderr
    found = json.loads(asked.stdout.splitlines()[-1])
    assert [entry["records_sent"] for entry in found["crm_grades"]] == [0, 4]
    assert [entry["completion_ratio"] for entry in found["crm_grades"]] == [1, 1]
    assert [entry["dagster/row_count"] for entry in found["published_marts"]] == [9, 9]
    assert [entry["new_rows"] for entry in found["sync/outcomes"]] == [4, 0]
    assert len(found["marts/leads"]) == 2


def test_the_hourly_job_sends_nothing(built: Workshop) -> None:
    code, words = run(built, "--job", "hourly")
    assert code == 0, words
    assert built.sent_lines() == []
    assert published_file(built.home).exists()


def test_a_failed_check_stops_publish_and_sync_now_and_later_and_is_told(own: Workshop) -> None:
    assert run(own, "--no-sync")[0] == 0
    published = published_file(own.home).read_bytes()
    seed = own.project / "seeds" / "graded_people.csv"
    seed.write_text(seed.read_text().replace("L001,lead,1,A1", "L001,lead,1,Z9"))
    with webhook() as (url, received):
        code, words = run(own, LEADHOUSE_FAILURE_WEBHOOK=url)
        assert code == 1
        assert "accepted_values_lead_scores_grade" in words
        assert "job nightly FAILED" in words
        (notice,) = [json.loads(body) for body in received]
    assert notice["steps"] == ["warehouse"]
    assert notice["job"] == "nightly"
    assert notice["errors"] == ["DagsterDbtCliRuntimeError"]
    # Class names and steps only: an error message may quote a person.
    assert "Z9" not in json.dumps(notice)
    assert own.sent_lines() == []
    assert published_file(own.home).read_bytes() == published

    code, words = run(own, "--job", "sync")
    assert code == 1
    assert "crm_grades failed: refused to send: the last build is not sound" in words
    assert "Traceback" not in words
    assert own.sent_lines() == []


def test_a_webhook_that_is_down_is_a_line_in_the_log_without_its_address(built: Workshop) -> None:
    built.change("update build_log.node_results set status = 'fail' where unique_id like 'test.small.unique_leads%'")
    code, words = run(built, "--job", "sync", LEADHOUSE_FAILURE_WEBHOOK="http://127.0.0.1:9/secret-path")
    assert code == 1
    assert "LEADHOUSE_FAILURE_WEBHOOK did not take it: URLError" in words
    assert "secret-path" not in words
    assert "job sync failed in crm_grades" in words


def test_killed_in_the_middle_of_the_build_the_next_run_repairs_it(own: Workshop) -> None:
    assert run(own, "--no-sync")[0] == 0
    model = own.project / "models" / "staging" / "stg_people.sql"
    quick = model.read_text()
    model.write_text(quick.rstrip() + SLOW)
    ran = own.home.dagster / "dbt" / "build" / "run" / "small" / "models" / "staging" / "stg_people.sql"
    job = own.start("-m", "orchestration.run", "--no-summary")
    wait_until(lambda: ran.exists() and SLOW.strip() in ran.read_text(), "the build to be busy", 120)
    kill(job)
    # The dbt that outlives its parent still holds the warehouse: the next run has to wait for it or find it gone.
    model.write_text(quick)
    code, words = run(own)
    assert code == 0, words
    assert own.sent_lines() == LINES
    # A run that is `started` for ever would keep Dagster's daemon from starting any other.
    assert _runs(own) == ["SUCCESS", "FAILURE", "SUCCESS"]
    with duckdb.connect(str(published_file(own.home)), read_only=True) as connection:
        clocks = connection.execute(
            "select as_of from leads union select as_of from lead_scores union select as_of from published_build"
        ).fetchall()
    assert len(clocks) == 1


def _runs(workshop: Workshop) -> list[str]:
    """The status of every run in Dagster's history, the oldest first."""
    asked = workshop.python(
        "-c",
        """
from orchestration.instance import dagster_home, home_of_this_process
dagster_home(home_of_this_process())
import dagster as dg
with dg.DagsterInstance.get() as instance:
    print(*[run.status.value for run in instance.get_runs()][::-1])
""",
    )
    assert asked.returncode == 0, asked.stderr
    return asked.stdout.split()


def test_a_project_that_dbt_cannot_read_is_an_error_with_its_words(own: Workshop) -> None:
    (own.project / "models" / "marts" / "leads.sql").write_text("select * from {{ ref('nobody') }}")
    code, words = run(own)
    assert code == 1
    assert "dbt cannot read" in words
    assert "nobody" in words
    assert "Traceback" not in words


def test_what_is_wrongly_configured_is_said(built: Workshop) -> None:
    code, words = run(built, LEADHOUSE_TIME_ZONE="Mars/Olympus")
    assert code == 1
    assert "LEADHOUSE_TIME_ZONE is 'Mars/Olympus': give a name such as Europe/Paris" in words
    assert "Traceback" not in words
    code, words = run(built, LEADHOUSE_TARGET="snowflake")
    assert code == 1
    assert "LEADHOUSE_TARGET is 'snowflake': give `duckdb` or `spark`" in words
    assert "Traceback" not in words


@pytest.mark.skipif(find_spec("pyhive") is not None, reason="[may skip] this environment has Spark's client")
def test_spark_asked_for_where_it_is_not_installed_is_said_with_its_cure(built: Workshop) -> None:
    code, words = run(built, LEADHOUSE_TARGET="spark")
    assert code == 1
    assert "`scripts/install spark` makes one with it" in words
    assert "Traceback" not in words


def test_the_definitions_are_whole(built: Workshop) -> None:
    asked = built.python(
        "-c",
        """
import json
from orchestration.definitions import defs
repository = defs.get_repository_def()
graph = repository.asset_graph

def groups_of(job):
    keys = defs.resolve_job_def(job).asset_layer.selected_asset_keys
    return sorted({graph.get(key).group_name for key in keys})

print(json.dumps({
    "groups": sorted({graph.get(key).group_name for key in graph.get_all_asset_keys()}),
    "parents": {key.to_user_string(): sorted(p.to_user_string() for p in graph.get(key).parent_keys)
                for key in graph.get_all_asset_keys()},
    "checks": sorted(f"{c.asset_key.to_user_string()}:{c.name}" for c in graph.asset_check_keys),
    "schedules": [
        [s.name, s.cron_schedule, s.execution_timezone, s.default_status.value] for s in repository.schedule_defs
    ],
    "groups_of": {job: groups_of(job) for job in ("hourly", "at_once")},
    "sensors": [[s.name, s.default_status.value] for s in repository.sensor_defs],
}))
""",
        LEADHOUSE_TIME_ZONE="Europe/Paris",
    )
    assert asked.returncode == 0, asked.stderr
    found = json.loads(asked.stdout.splitlines()[-1])
    assert found["groups"] == ["crm", "landing", "lists", "marts", "published", "seeds", "staging", "sync"]
    assert found["parents"]["staging/base_sync__outcomes"] == ["sync/outcomes"]
    assert found["parents"]["published_marts"] == ["marts/lead_scores", "marts/leads", "marts/unrelated"]
    assert found["parents"]["crm_grades"] == ["published_marts", "sync/sync_crm__lead_grades"]
    assert {"marts/leads:unique_leads_lead_id", "crm_grades:every_record_accepted"} < set(found["checks"])
    assert {tuple(row[2:]) for row in found["schedules"]} == {("Europe/Paris", "RUNNING")}
    assert {row[0]: row[1] for row in found["schedules"]} == {
        "every_night": "15 2 * * *",
        "every_hour": "0 0-1,3-23 * * *",
    }
    # Incident: a weight was edited, and the next page view sent another grade of everybody to the CRM.
    assert set(found["groups_of"]["hourly"]) - set(found["groups_of"]["at_once"]) == {"published", "seeds"}
    assert sorted(found["sensors"]) == [["failure_notice", "RUNNING"], ["new_events", "RUNNING"]]
