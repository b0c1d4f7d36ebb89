"""Landing is killed, for real, at every step: the next run leaves what an undisturbed run would have left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from orchestration.home import CHECKOUT, Home
from orchestration.landing import register
from orchestration.locks import exclusive
from orchestration.raw_contract import raw_tables
from tests.landing.conftest import raw_rows
from tests.landing.test_load import files_below, without_load

# Runs landing, and kills its own process before the file of that number gets its name.
KILLED_BEFORE_FILE = """
import os, signal, sys
from pathlib import Path
from orchestration import files
from orchestration.home import Home
left = int(sys.argv[2])
put_in_place = files.put_in_place
def put_or_die(unfinished, path):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    put_in_place(unfinished, path)
files.put_in_place = put_or_die
from orchestration.landing import register
register(Home(Path(sys.argv[1])))
print(int(sys.argv[2]) - left)
"""


def landing_of_all_kinds(folder: Path) -> Path:
    """Files of every format and fate, with rows that differ from file to file."""
    leads = folder / "crm" / "leads"
    events = folder / "email" / "events"
    for path in (leads, events):
        path.mkdir(parents=True)
    (leads / "a.csv").write_bytes(b"lead_id,created_at\n1,2026\n2\n")
    (leads / "b.jsonl").write_bytes(b'{"lead_id": 3, "created_at": 2026, "plan": "x"}\nnope\n')
    (leads / "c.csv").write_bytes(b"")
    (leads / "d.csv").write_bytes(b"email\na\n")
    with duckdb.connect() as connection:
        columns = "i::varchar as event_id, '2026-01-01' as occurred_at, 'a@b.c' as recipient, 'sent' as event_type"
        query = f"select {columns} from range(5000) as numbers (i)"
        connection.execute(f"copy ({query}) to '{events / 'a.parquet'}' (format parquet)")
        connection.execute(f"copy ({query}) to '{events / 'b.csv'}' (format csv)")
        connection.execute(f"copy ({query}) to '{events / 'c.jsonl'}' (format json)")
    with (events / "b.csv").open("ab") as file:
        file.write(b"\xff\n")
    return folder


def state(home: Home) -> list[list[str]]:
    """What is in every raw table, whatever load it came with."""
    return [without_load(raw_rows(home, source, table)) for source, table in raw_tables()]


def home_with(landing: Path, folder: Path) -> Home:
    home = Home(folder)
    shutil.copytree(landing, home.landing)
    return home


def command(code: str, home: Home, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, str(home.root), *arguments]


def test_killed_before_any_file_gets_its_name(tmp_path: Path) -> None:
    landing = landing_of_all_kinds(tmp_path / "landing")
    undisturbed = home_with(landing, tmp_path / "undisturbed")
    ended = subprocess.run(
        command(KILLED_BEFORE_FILE, undisturbed, "1000"), cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    steps = int(ended.stdout)
    contracts = 2 * len(raw_tables())
    # Two contract files a table, five raw files, the rejected rows, the register.
    assert steps == contracts + 7
    expected = state(undisturbed)
    for step in (0, *range(contracts - 1, steps)):
        home = home_with(landing, tmp_path / f"killed_{step}")
        killed = subprocess.run(command(KILLED_BEFORE_FILE, home, str(step)), cwd=CHECKOUT, check=False)
        assert killed.returncode == -signal.SIGKILL
        assert not list((home.raw / "landing" / "files").glob("load_id=*/register.parquet"))
        report = register(home)
        assert len(report.files) == 7
        assert bool(report.repaired) == (step >= contracts)
        assert state(home) == expected
        assert not (home.raw / ".loading").exists()
        shutil.rmtree(home.root)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_killed_at_any_time(tmp_path: Path, share: float) -> None:
    landing = landing_of_all_kinds(tmp_path / "landing")
    undisturbed = home_with(landing, tmp_path / "undisturbed")
    home = home_with(landing, tmp_path / "killed")
    module = [sys.executable, "-m", "orchestration.landing", "--home"]
    began = time.monotonic()
    subprocess.run([*module, str(undisturbed.root)], cwd=CHECKOUT, check=True, capture_output=True)
    took = time.monotonic() - began
    process = subprocess.Popen([*module, str(home.root)], cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    time.sleep(took * share)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    subprocess.run([*module, str(home.root)], cwd=CHECKOUT, check=True, capture_output=True)
    assert state(home) == state(undisturbed)
    after = files_below(home.root)
    assert register(home).files == ()
    assert files_below(home.root) == after


def test_two_at_once_wait_for_each_other(tmp_path: Path) -> None:
    landing = landing_of_all_kinds(tmp_path / "landing")
    undisturbed = home_with(landing, tmp_path / "undisturbed")
    register(undisturbed)
    home = home_with(landing, tmp_path / "both")
    module = [sys.executable, "-m", "orchestration.landing", "--home", str(home.root)]
    # held until both have come: on a busy machine one would be done before the other began
    with exclusive(home.root / "landing.lock", "landing"):
        processes = [
            subprocess.Popen(module, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in "ab"
        ]
        waited = [process.stderr.readline() for process in processes if process.stderr]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(out.startswith("nothing new") for out, _ in outputs) == [False, True]
    assert all("waiting for landing" in line for line in waited)
    assert state(home) == state(undisturbed)
