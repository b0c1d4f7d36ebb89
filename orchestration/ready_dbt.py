"""A dbt that has loaded itself and the project before anybody needs it: nobody waits for the two seconds that takes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.home import Home
from orchestration.project import OUR_DBT, build_target, fingerprint, lend_parse, project_dir

# By which dbt finds the project; how it talks is told with the command.
FOLDERS = {"DBT_PROJECT_DIR", "DBT_PROFILES_DIR", "DBT_TARGET_PATH", "DBT_LOG_PATH"}


@dataclass(frozen=True)
class _Loaded:
    """A process that waits for its order, and what it has read."""

    process: subprocess.Popen[bytes]
    fingerprint: str
    environment: Mapping[str, str]

    def is_of_use(self, fingerprint_now: str, environment: Mapping[str, str]) -> bool:
        """Whether it is alive, and what it has read is what it would read now."""
        return (
            self.process.poll() is None
            and self.fingerprint == fingerprint_now
            and _read_by_dbt(self.environment) == _read_by_dbt(environment)
        )


class ReadyDbt:
    """At most one dbt in waiting; each is used once, so that no run sees what another left in memory."""

    def __init__(self) -> None:
        self._loaded: _Loaded | None = None

    def get_ready(self, home: Home) -> None:
        """Let a dbt load, and do not wait for it; nothing happens while one waits that knows the project as it is."""
        environment = _environment(home)
        now = fingerprint(project_dir())
        if self._loaded is None or not self._loaded.is_of_use(now, environment):
            self.send_away()
            self._loaded = _Loaded(_start(environment), now, environment)

    def run(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
        """Begin a command of dbt, by the one in waiting if it will do.

        Args:
            arguments: what follows `dbt` on its command line.
            environment: all of the command's environment.
            folder: where it runs.

        Returns:
            The process; its output and errors are one pipe.
        """
        loaded, self._loaded = self._loaded, None
        if loaded is not None and loaded.is_of_use(fingerprint(project_dir()), environment):
            process = loaded.process
        else:
            _send_away(loaded)
            process = _start(environment)
        order = {"arguments": list(arguments), "environment": dict(environment), "folder": str(folder)}
        assert process.stdin is not None
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.close()
        process.stdin = None
        return process

    def send_away(self) -> None:
        """Let the one in waiting end."""
        loaded, self._loaded = self._loaded, None
        _send_away(loaded)


def _send_away(loaded: _Loaded | None) -> None:
    if loaded is not None:
        assert loaded.process.stdin is not None
        loaded.process.stdin.close()


def _start(environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    lend_parse(Home.from_environment(environment))
    return subprocess.Popen(
        OUR_DBT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=project_dir(),
    )


def _environment(home: Home) -> dict[str, str]:
    """What a command of ours finds, as far as dbt goes by it when it reads the project."""
    project, target = str(project_dir()), str(build_target(home))
    folders = {
        "DBT_PROJECT_DIR": project,
        "DBT_PROFILES_DIR": project,
        "DBT_TARGET_PATH": target,
        "DBT_LOG_PATH": target,
    }
    return {**os.environ, "LEADHOUSE_HOME": str(home.root), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", **folders}


def _read_by_dbt(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name in FOLDERS or name.startswith("LEADHOUSE_")}
