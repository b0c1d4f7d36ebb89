"""A small dbt project with a state folder of its own, on which the real things run: landing, dbt, publish, sync."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home import CHECKOUT, DBT_PROJECT, Home
from orchestration.landing import register
from tests import forked_dbt

SMALL_PROJECT = Path(__file__).with_name("small_project")
# The macros under test are the project's own.
MACROS = (
    "build_log.sql",
    "as_of.sql",
    "sync_destination.sql",
    "generate_schema_name.sql",
    "dialect/content_hash.sql",
    "dialect/forget_superseded_builds.sql",
    "dialect/raw_files.sql",
    "materializations/unchanged.sql",
    "versions/versions.sql",
    "versions/growth.sql",
    "versions/by_lead.sql",
)
# And so is the policy of the sync, but that a test need not wait.
SYNC_SEEDS = ("sync_policies.csv", "sync_error_codes.csv")


@dataclass(frozen=True)
class Workshop:
    """One dbt project and one state folder."""

    project: Path
    home: Home

    @classmethod
    def make(cls, folder: Path) -> Workshop:
        """A fresh copy of the small project, with the real project's macros and profile."""
        project = folder / "project"
        shutil.copytree(SMALL_PROJECT, project)
        for macro in MACROS:
            target = project / "macros" / macro
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(DBT_PROJECT / "macros" / macro, target)
        for seed in SYNC_SEEDS:
            shutil.copy2(DBT_PROJECT / "seeds" / "sync" / seed, project / "seeds" / seed)
        shutil.copy2(DBT_PROJECT / "profiles.yml", project)
        return cls(project, Home(folder / "home"))

    def copy(self, folder: Path) -> Workshop:
        """The same state in another folder, so that a test can do with it what it likes."""
        shutil.copytree(self.home.root, folder / "home", symlinks=True)
        return Workshop(self.project, Home(folder / "home"))

    def copy_with_project(self, folder: Path) -> Workshop:
        """The same state and a project of one's own to change."""
        shutil.copytree(self.project, folder / "project")
        return Workshop(folder / "project", self.copy(folder).home)

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which commands run: ours, and nothing of what a developer has set."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("LEADHOUSE_", "DBT_", "DAGSTER"))
        }
        return kept | {
            "LEADHOUSE_HOME": str(self.home.root),
            "DBT_PROJECT_DIR": str(self.project),
            "DBT_TARGET_PATH": str(self.home.root / "target"),
            "DBT_LOG_PATH": str(self.home.root / "target"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "PYTHONPATH": str(CHECKOUT),
        }

    def land(self) -> None:
        """Take in what has arrived."""
        register(self.home)

    def dbt(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of dbt in the project's folder; what it said, errors too, is in `stdout`."""
        command = ["--no-use-colors", *arguments]
        code, words = forked_dbt.dbt(command, {**self.environment, **variables}, self.project)
        return subprocess.CompletedProcess(command, code, words, "")

    def python(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run Python with our environment, in the checkout."""
        return self._run([sys.executable, *arguments], CHECKOUT, variables)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start Python and do not wait."""
        environment = self.environment | variables
        quiet = subprocess.DEVNULL
        return subprocess.Popen([sys.executable, *arguments], cwd=CHECKOUT, env=environment, stdout=quiet, stderr=quiet)

    def _run(self, command: list[str], folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, **variables}
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    def manifest(self) -> Mapping[str, Any]:
        """The manifest that the last dbt command wrote."""
        content: Mapping[str, Any] = json.loads((self.home.root / "target" / "manifest.json").read_bytes())
        return content

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse."""
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        """Change the warehouse by hand."""
        with duckdb.connect(str(self.home.warehouse)) as connection:
            connection.execute(sql)

    def outcomes(self) -> list[dict[str, Any]]:
        """Every outcome that the sync appended."""
        files = sorted((self.home.landing / "sync" / "outcomes").glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def sent_lines(self) -> list[str]:
        """Every line that the file destination got, without headers."""
        files = sorted(self.home.outbox.glob("*/*.csv"))
        return [line for file in files for line in file.read_text().splitlines()[1:]]


def wait_until(condition: Any, what: str, seconds: float = 60) -> None:
    """Wait for a condition; fail with its description."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9, and see it dead."""
    process.send_signal(signal.SIGKILL)
    process.wait()
