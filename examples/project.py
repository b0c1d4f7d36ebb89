"""A copy of the dbt project with the example's seeds in it, so that neither the checkout nor its seeds are touched."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from orchestration.home import DBT_PROJECT, Home
from orchestration.project import DBT, NOT_PARSED

_NODE = re.compile(r"\b(\d+) of (\d+) (?:OK|PASS|WARN|ERROR|FAIL|SKIP|NO-OP)\b")
NOT_OF_EXAMPLES = [
    f"path:{folder}/nurture" for folder in ("models/marts", "models/intermediate", "models/sync", "data_tests", "seeds")
]
_TAIL_LINES = 60


class StepError(RuntimeError):
    """Landing or dbt failed; carries the end of what it said."""


def copy_with_seeds(seeds: Path, project: Path) -> list[str]:
    """Copy the dbt project and put the example's seed files in the place of ours.

    Args:
        seeds: the example's seeds, laid out as `dbt_project/seeds`.
        project: where the copy goes; must not exist.

    Returns:
        The replaced seeds, such as `scoring/profile_rules.csv`.

    Raises:
        StepError: when a file has no seed that it could replace: a misspelt name would be ignored in silence.
    """
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns(*NOT_PARSED))
    replaced = sorted(str(seed.relative_to(seeds)) for seed in seeds.rglob("*.csv"))
    for name in replaced:
        if not (project / "seeds" / name).exists():
            raise StepError(f"{seeds / name} replaces no seed: dbt_project/seeds has no {name}")
        shutil.copyfile(seeds / name, project / "seeds" / name)
    return replaced


def run_landing(home: Home, project: Path, as_of: str) -> None:
    """Register what is in `landing/` as one load.

    Raises:
        StepError: when landing fails or does not accept a file: our own mapping wrote them all.
    """
    _run([sys.executable, "-m", "orchestration.landing", "--strict"], home, project, as_of, "landing")


def run_dbt_build(home: Home, project: Path, as_of: str) -> str:
    """Build and test the copied project, all but nurture, whose seeds speak of the topics and attributes of the demo.

    Returns:
        dbt's own count of what passed and what it warned of.

    Raises:
        StepError: when a model or a test fails.
    """
    command = [str(DBT), "--no-use-colors", "build", "--project-dir", str(project), "--profiles-dir", str(project)]
    command += ["--exclude", *NOT_OF_EXAMPLES]
    last_lines = _run(command, home, project, as_of, "dbt build")
    return next((line.partition("Done. ")[2].strip() for line in last_lines if "Done. " in line), "")


def _run(command: list[str], home: Home, project: Path, as_of: str, what: str) -> deque[str]:
    environment = {
        **os.environ,
        "LEADHOUSE_HOME": str(home.root),
        "LEADHOUSE_AS_OF": as_of,
        "DBT_PROJECT_DIR": str(project),
        "DBT_TARGET_PATH": str(project / "target"),
        "DBT_LOG_PATH": str(project / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        last_lines = _follow(process.stdout or (), what)
    if process.returncode != 0:
        raise StepError(f"{what} failed with code {process.returncode}:\n{''.join(last_lines)}".rstrip())
    return last_lines


def _follow(lines: Iterable[str], what: str) -> deque[str]:
    """Show how far dbt is, in one line that is rewritten on a terminal; return the last lines."""
    last_lines: deque[str] = deque(maxlen=_TAIL_LINES)
    shown = False
    for line in lines:
        last_lines.append(line)
        node = _NODE.search(line)
        if node and sys.stderr.isatty():
            print(f"\r{what}: {node[1]} of {node[2]}", end="", file=sys.stderr, flush=True)
            shown = True
    if shown:
        print(file=sys.stderr)
    return last_lines
