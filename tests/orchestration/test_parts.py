"""The small parts: what is borrowed from Dagster is there, the manifest follows the project, progress is readable."""

from __future__ import annotations

import io
import threading
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._grpc.utils import default_sensor_grpc_timeout
from dagster_dbt import DbtCliResource

from orchestration.event_log import EventLog
from orchestration.files import write_whole
from orchestration.home import Home
from orchestration.instance import dagster_home
from orchestration.locks import Busy, exclusive
from orchestration.progress import DbtProgress, Progress
from orchestration.project import ProjectError, read_manifest
from orchestration.resources import LeanDbt, resources
from tests.orchestration.workshop import Workshop


def test_what_our_dbt_leaves_out_is_what_the_base_class_still_does() -> None:
    # If Dagster renames these, ours would silently do nothing and each build would be seconds slower.
    assert "_cli_version" in vars(DbtCliResource)
    assert "_initialize_dbt_core_adapter" in vars(DbtCliResource)
    dbt = resources()["dbt"]
    assert isinstance(dbt, LeanDbt)
    assert dbt._cli_version.major == 1


def test_our_event_log_is_read_by_dagsters_own(tmp_path: Path) -> None:
    folder = str(tmp_path)

    @dg.asset
    def one() -> None: ...

    instance = dg.DagsterInstance.from_ref(
        dg.DagsterInstance.local_temp(
            folder,
            overrides={
                "event_log_storage": {
                    "module": "orchestration.event_log",
                    "class": "EventLog",
                    "config": {"base_dir": f"{folder}/history/runs"},
                }
            },
        ).get_ref()
    )
    with instance:
        assert isinstance(instance.event_log_storage, EventLog)
        threads = [
            threading.Thread(target=lambda: dg.materialize([one], instance=instance, raise_on_error=True))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        events = instance.fetch_materializations(dg.AssetKey("one"), limit=10).records
        assert len(events) == 4
        runs = {event.run_id for event in events}
    stock = SqliteEventLogStorage(f"{folder}/history/runs")
    for run_id in runs:
        names = [record.event_log_entry.dagster_event_type for record in stock.get_records_for_run(run_id).records]
        assert names[-1] == dg.DagsterEventType.RUN_SUCCESS


def test_a_sensor_that_runs_a_job_is_not_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster gives a sensor a minute; one that was cut off never moved its cursor, and ran the job for ever."""
    for name in ("DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS", "DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY", "PYTHONPATH"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    assert default_sensor_grpc_timeout() <= 60
    dagster_home(Home(tmp_path))
    assert default_sensor_grpc_timeout() >= 3600


def test_the_manifest_follows_the_project(own: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_PROJECT_DIR", str(own.project))
    first = read_manifest(own.home)
    manifest = own.home.dagster / "dbt" / "manifest.json"
    written = manifest.stat().st_mtime_ns
    assert read_manifest(own.home) == first
    assert manifest.stat().st_mtime_ns == written, "parsed again although nothing had changed"

    extra = own.project / "models" / "marts" / "extra.sql"
    extra.write_text("select 1 as one")
    assert "model.small.extra" in read_manifest(own.home)["nodes"]
    extra.unlink()
    assert "model.small.extra" not in read_manifest(own.home)["nodes"]

    extra.write_text("{% this is not jinja %}")
    with pytest.raises(ProjectError, match="dbt cannot read"):
        read_manifest(own.home)
    # The next one must not take the old manifest for the present one.
    with pytest.raises(ProjectError):
        read_manifest(own.home)


def test_a_lock_names_its_holder_and_is_free_after_it(tmp_path: Path) -> None:
    path, told = tmp_path / "a.lock", list[str]()
    with (
        exclusive(path, "the build"),
        pytest.raises(Busy, match=r"a\.lock is held by the build, process \d+"),
        exclusive(path, "the sync", wait_seconds=0.3, say=told.append),
    ):
        pytest.fail("two had the lock")
    assert told == [f"waiting for the build, process {told[0].split()[5]} (a.lock)"]
    with exclusive(path, "the sync", wait_seconds=0):
        pass


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_whole(path, "one\n" * 100_000)
    stop = threading.Event()
    lengths: set[int] = set()

    def read() -> None:
        while not stop.is_set():
            lengths.add(len(path.read_text()))

    reader = threading.Thread(target=read)
    reader.start()
    give_up = time.monotonic() + 1
    while time.monotonic() < give_up:
        write_whole(path, "one\n" * 100_000)
        write_whole(path, "three\n" * 100_000)
    stop.set()
    reader.join()
    assert lengths <= {400_000, 600_000}
    assert [found.name for found in tmp_path.iterdir()] == ["file.txt"]


def test_dbts_output_becomes_progress_and_its_complaints_stay() -> None:
    out = io.StringIO()
    dbt = DbtProgress(out)
    dbt.write("Running with dbt=1.11.16\nFound 3 models\n1 of 1 START hook: x.on-run-start.0 .... [RUN]\n")
    dbt.write("1 of 3 START sql table model marts.leads ......... [RUN]\n1 of 3 OK created sql table ")
    dbt.write("model marts.leads .... [\x1b[32mOK\x1b[0m in 0.1s]\n2 of 3 START test a_check .... [RUN]\n")
    dbt.write("2 of 3 FAIL 2 a_check ..... [FAIL 2 in 0.1s]\n3 of 3 SKIP relation sync.x .... [SKIP]\n")
    dbt.write("Finished running\n\nCompleted with 1 error:\n\nFailure in test a_check\n  Got 2 results\n")
    lines = out.getvalue().splitlines()
    assert lines[0].split() == ["build", "0", "of", "3", "0.0", "s", "marts.leads"]
    assert lines[1].startswith("2 of 3 FAIL 2 a_check")
    assert lines[2].split()[:4] == ["build", "3", "of", "3"]
    assert lines[3:] == ["Completed with 1 error:", "", "Failure in test a_check", "  Got 2 results"]


def test_progress_on_a_terminal_is_one_line() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    progress = Progress("sync", out)
    progress.show(1, 2, "a")
    progress.show(2, 2)
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().count("\r") == 2


def test_a_home_that_does_not_exist_yet_is_no_error(tmp_path: Path) -> None:
    home = Home(tmp_path / "nowhere" / "yet")
    with exclusive(home.root / "warehouse.lock", "a test"):
        assert home.root.exists()
