"""The gate: what was not checked, or failed, or was broken off, does not leave the warehouse."""

from __future__ import annotations

import subprocess

import pytest

from orchestration.gate import Build, Unsound, require_sound
from orchestration.locks import warehouse_reader
from orchestration.project import DBT
from orchestration.reverse_sync.push import push
from tests.orchestration.workshop import Workshop, kill, wait_until

SYNC = "model.small.sync_crm__lead_grades"


def ask(workshop: Workshop, *models: str) -> dict[str, Build]:
    with warehouse_reader(workshop.home, "a test") as connection:
        return require_sound(connection, workshop.manifest(), models or [SYNC], to="send")


def refusal(workshop: Workshop, *models: str) -> str:
    with pytest.raises(Unsound) as refused:
        ask(workshop, *models)
    return str(refused.value)


def test_a_sound_build_passes_and_says_which_it_is(built: Workshop) -> None:
    build = ask(built)[SYNC]
    ((build_id, started_at, as_of),) = built.query(
        f"select build_id, build_started_at, as_of from build_log.node_results where unique_id = '{SYNC}'"
    )
    assert (build.build_id, build.started_at, build.as_of, build.destination) == (build_id, started_at, as_of, "file")


def test_the_build_log_keeps_one_row_a_node(built: Workshop) -> None:
    assert built.query("select max(n) from (select count(*) as n from build_log.node_results group by unique_id)") == [
        (1,)
    ]
    assert built.query("select count(*) from build_log.node_results where status = 'started'") == [(0,)]


def test_a_failed_check_upstream_closes_the_gate_until_a_sound_build(own: Workshop) -> None:
    # A sync that was started by hand on the morning after sent the grades of a build that had failed its checks.
    seed = own.project / "seeds" / "graded_people.csv"
    good = seed.read_text()
    seed.write_text(good.replace("L001,lead,1,A1", "L001,lead,1,Z9"))
    assert own.dbt("build").returncode != 0
    words = refusal(own)
    assert "check accepted_values_lead_scores_grade" in words
    assert "fail, 1 rows" in words
    assert "sync.sync_crm__lead_grades: skipped" in words
    with pytest.raises(Unsound):
        push(own.home, own.manifest())
    assert own.sent_lines() == []

    seed.write_text(good)
    assert own.dbt("build").returncode == 0
    ask(own)


def test_a_failed_check_elsewhere_does_not_close_it(own: Workshop) -> None:
    model = own.project / "models" / "marts" / "unrelated.sql"
    model.write_text(model.read_text().replace("select 1 as one", "select cast(null as integer) as one"))
    assert own.dbt("build").returncode != 0
    ask(own)
    assert "check not_null_unrelated_one" in refusal(own, "model.small.unrelated")


def test_a_killed_build_closes_it_although_all_rows_before_were_good(own: Workshop) -> None:
    slow = own.project / "models" / "staging" / "stg_people.sql"
    quick = slow.read_text()
    slow.write_text(
        "-- slow\n" + quick.rstrip() + " where (select count(*) from range(3000000000) a, range(100) b) > 0\n"
    )
    command = [str(DBT), "--no-use-colors", "build"]
    build = subprocess.Popen(command, cwd=own.project, env=own.environment, stdout=subprocess.PIPE, text=True)
    assert build.stdout is not None
    assert any("START sql table model staging.stg_people" in line for line in build.stdout)
    kill(build)  # type: ignore[arg-type]
    words = refusal(own)
    assert "staging.stg_people: the build of" in words
    assert "was broken off" in words
    # What had been done before the kill has no result either: its checks may never have run.
    assert "marts.leads" in words

    slow.write_text(quick)
    assert own.dbt("build").returncode == 0
    ask(own)


def test_models_rebuilt_without_their_checks_close_it(built: Workshop) -> None:
    assert built.dbt("run", "--select", "leads").returncode == 0
    words = refusal(built)
    assert "check not_null_leads_lead_id: older than marts.leads, which was built again since" in words
    assert "marts.lead_scores: older than marts.leads" in words


def test_running_the_checks_again_leaves_it_open(built: Workshop) -> None:
    before = ask(built)
    assert built.dbt("test").returncode == 0
    assert ask(built) == before


def test_an_empty_build_closes_it(built: Workshop) -> None:
    # `dbt run --empty` makes every table without rows, and calls that a success.
    assert built.dbt("run", "--empty", "--select", "sync_crm__lead_grades").returncode == 0
    assert "sync.sync_crm__lead_grades: empty" in refusal(built)


def test_a_warehouse_without_a_build_log_is_refused(built: Workshop) -> None:
    built.change("drop schema build_log cascade")
    assert "sync.sync_crm__lead_grades: never built or checked" in refusal(built)


def test_no_warehouse_is_an_error_that_says_what_to_do(built: Workshop) -> None:
    built.home.warehouse.unlink()
    with pytest.raises(FileNotFoundError, match=r"build it with `python -m orchestration\.run`"):
        push(built.home, built.manifest())


def test_a_build_for_another_destination_is_not_sent(built: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADHOUSE_DESTINATION", "odoo")
    with pytest.raises(Unsound, match="made for the destination 'file', not 'odoo'"):
        push(built.home, built.manifest())


def test_readers_wait_for_a_writer_that_knows_nothing_of_our_lock(built: Workshop) -> None:
    opened = built.home.root / "opened"
    hold = "import duckdb, pathlib, sys, time; c = duckdb.connect(sys.argv[1]); pathlib.Path(sys.argv[2]).touch()"
    holder = built.start("-c", f"{hold}; time.sleep(600)", str(built.home.warehouse), str(opened))
    try:
        # A look at the warehouse itself would lock the other process out.
        wait_until(opened.exists, "the other process to open the warehouse")
        reader = built.start("-m", "orchestration.reverse_sync", "--dry-run")
        with pytest.raises(subprocess.TimeoutExpired):
            reader.wait(timeout=3)
    finally:
        kill(holder)
    assert reader.wait(timeout=60) == 0
