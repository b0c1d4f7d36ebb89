"""The command line refuses what would mix or destroy files, and says how to go on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.cli import main

TINY = ["--leads", "60", "--days", "15", "--events-per-lead", "10", "--quiet"]


def run(out: Path, *more: str) -> int:
    return main([*TINY, "--out", str(out), *more])


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_second_run_needs_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 0
    before = names(tmp_path)
    assert run(tmp_path) == 1
    assert "--force" in capsys.readouterr().err
    assert names(tmp_path) == before
    assert run(tmp_path, "--force") == 0
    assert names(tmp_path) == before


def test_force_deletes_no_files_of_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    precious = tmp_path / "landing" / "crm" / "leads" / "export.csv"
    precious.parent.mkdir(parents=True)
    precious.write_text("lead_id,created_at\n", encoding="utf-8")
    assert run(tmp_path, "--force") == 1
    assert "no simulation made them" in capsys.readouterr().err
    assert precious.exists()


def test_nothing_unfinished_is_left(tmp_path: Path) -> None:
    assert run(tmp_path) == 0
    assert not [name for name in names(tmp_path) if name.endswith(".tmp") or "/." in f"/{name}"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--append"], "--first-day"),
        (["--append", "--first-day", "2026-09-30", "--seed", "8"], "seed"),
        (["--append", "--first-day", "2026-09-25"], "2026-09-28"),
    ],
)
def test_append_must_continue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str
) -> None:
    assert run(tmp_path, "--last-day", "2026-09-28") == 0
    before = names(tmp_path)
    assert run(tmp_path, *more) == 1
    assert message in capsys.readouterr().err
    assert names(tmp_path) == before
    assert run(tmp_path, "--append", "--first-day", "2026-09-29") == 0
    assert names(tmp_path) > before


@pytest.mark.parametrize(
    "more",
    [["--leads", "0"], ["--days", "1"], ["--seed", "-1"], ["--memory-limit", "much"], ["--last-day", "2031-01-01"]],
)
def test_senseless_numbers_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]) -> None:
    assert run(tmp_path / "out", *more) == 1
    assert capsys.readouterr().err.startswith("simulation: ")


def test_module_runs_and_shows_progress(tmp_path: Path) -> None:
    checkout = Path(__file__).resolve().parents[2]
    arguments = ["--leads", "60", "--days", "15", "--events-per-lead", "10", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "simulation", *arguments],
        cwd=checkout,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "60 lead records" in done.stderr
    assert "done:" in done.stderr
    assert done.stdout == ""


def test_a_run_that_was_killed_is_replaced_and_not_continued(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("simulation.cli.deliver_events", killed)
        assert run(tmp_path) == 1
    assert "no space left" in capsys.readouterr().err
    assert run(tmp_path, "--append", "--first-day", "2026-09-30") == 1
    assert "did not end" in capsys.readouterr().err
    assert run(tmp_path, "--force") == 0
    assert not (tmp_path / ".simulation").exists()
