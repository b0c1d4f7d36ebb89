"""The dbt in waiting does what the command `dbt` does, with what it would read now, and outlives nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime

import pytest

from orchestration.project import DBT
from orchestration.ready_dbt import ReadyDbt
from tests.orchestration.workshop import Workshop, wait_until

RESULTS = ("LogModelResult", "LogTestResult", "LogSeedResult")


@pytest.fixture
def workshop(own: Workshop, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    for name, value in own.environment.items():
        monkeypatch.setenv(name, value)
    return own


def environment(workshop: Workshop) -> dict[str, str]:
    """What Dagster gives a command."""
    target = str(workshop.home.dagster / "dbt" / "build")
    project = str(workshop.project)
    ours = {"DBT_TARGET_PATH": target, "DBT_LOG_PATH": target, "DBT_PROFILES_DIR": project, "DBT_LOG_FORMAT": "json"}
    return workshop.environment | ours


def said(output: bytes) -> list[tuple[str, str]]:
    """What dbt said of its nodes: which, and what came of it."""
    lines = [json.loads(line) for line in output.splitlines()]
    results = [line["data"] for line in lines if line["info"]["name"] in RESULTS]
    return sorted((result["node_info"]["unique_id"], result["status"]) for result in results)


def asked(ready: ReadyDbt, workshop: Workshop, *arguments: str) -> tuple[int, bytes, int]:
    """Exit code and output of a command, and the process that ran it."""
    process = ready.run(arguments, environment(workshop), workshop.project)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output, process.pid


def waiting(ready: ReadyDbt) -> int:
    """The process that waits."""
    assert ready._loaded is not None
    return ready._loaded.process.pid


def test_it_does_what_dbt_does(workshop: Workshop) -> None:
    ready, build = ReadyDbt(), ["build", "--full-refresh", "--no-write-json"]
    ready.get_ready(workshop.home)
    chosen = waiting(ready)
    ready.get_ready(workshop.home)
    assert waiting(ready) == chosen
    asked_at = datetime.now(UTC).replace(tzinfo=None)
    code, output, process = asked(ready, workshop, *build)
    # Its clock is that of the command, not of when it loaded: events of the time between count.
    ((started_at, as_of),) = workshop.query("select max(build_started_at), max(as_of) from build_log.node_results")
    assert min(started_at, as_of) >= asked_at
    by_command = subprocess.run(
        [str(DBT), *build], cwd=workshop.project, env=environment(workshop), capture_output=True, check=False
    )
    assert (code, by_command.returncode) == (0, 0), output
    assert process == chosen
    assert said(output) == said(by_command.stdout) != []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["build", "--select", "leads"], b"nobody"), (["build", "--selct", "leads"], b"No such option")],
)
def test_a_command_that_fails_has_dbts_exit_code_and_words(
    workshop: Workshop, arguments: list[str], words: bytes
) -> None:
    (workshop.project / "models" / "marts" / "leads.sql").write_text("select nobody from {{ ref('stg_people') }}")
    by_command = subprocess.run(
        [str(DBT), *arguments], cwd=workshop.project, env=environment(workshop), capture_output=True, check=False
    )
    code, output, _ = asked(ReadyDbt(), workshop, *arguments)
    assert code == by_command.returncode != 0
    assert words in by_command.stdout + by_command.stderr
    assert words in output


def test_a_project_or_environment_that_changed_is_read_again(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, model = ReadyDbt(), workshop.project / "models" / "marts" / "unrelated.sql"
    command = ["build", "--select", "unrelated"]
    ready.get_ready(workshop.home)
    outdated = waiting(ready)
    model.write_text(model.read_text() + "\n-- other words\n")
    code, output, process = asked(ready, workshop, *command)
    assert code == 0, output
    assert process != outdated
    assert "other words" in (workshop.home.dagster / "dbt/build/compiled/small/models/marts/unrelated.sql").read_text()

    ready.get_ready(workshop.home)
    outdated = waiting(ready)
    monkeypatch.setenv("LEADHOUSE_AS_OF", "2026-10-01T00:00:00Z")
    ready.get_ready(workshop.home)
    assert waiting(ready) != outdated
    ready.send_away()


def test_it_ends_with_whom_it_waits_for(workshop: Workshop) -> None:
    parent = textwrap.dedent("""
        import time
        from orchestration.home import Home
        from orchestration.ready_dbt import ReadyDbt
        ready = ReadyDbt()
        ready.get_ready(Home.from_environment())
        print(ready._loaded.process.pid, flush=True)
        time.sleep(600)
    """)
    with subprocess.Popen([sys.executable, "-c", parent], env=workshop.environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        waits = int(process.stdout.readline())
        os.kill(waits, 0)
        process.kill()
    wait_until(lambda: not is_alive(waits), "the dbt in waiting to end")


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
