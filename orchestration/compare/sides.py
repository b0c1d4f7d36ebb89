"""The two sides of a comparison, each scored at the as-of time and a week before, in files beside the warehouse."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import duckdb

from orchestration.engines.warehouse import target
from orchestration.home import CHECKOUT, DBT_PROJECT, Home
from orchestration.project import NOT_PARSED, OUR_DBT, manifest_folder, read_manifest

SEEDS = Path("dbt_project/seeds/scoring")
WEEK = timedelta(days=7)
SELECTION = [
    "path:seeds/scoring",
    "path:models/intermediate/scoring",
    "lead_score_contributions",
    "lead_grades",
]
# No seed of scoring changes what is known of a lead.
OF_BOTH_SIDES = ["int_lead_attributes"]


class CompareError(RuntimeError):
    """The comparison cannot be made; says what to do."""


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        name: ``before`` or ``after``.
        project: the dbt project whose scoring seeds it uses.
        now: the file with its scores at the as-of time.
        week_ago: the file with its scores seven days before.
    """

    name: str
    project: Path
    now: Path
    week_ago: Path


def side(home: Home, name: str, project: Path) -> Side:
    """A side whose scores go to ``<home>/compare/``."""
    folder = home.root / "compare"
    return Side(name, project, folder / f"{name}_now.duckdb", folder / f"{name}_week_ago.duckdb")


def require_duckdb() -> None:
    """Refuse to compare where the warehouse is elsewhere.

    Raises:
        CompareError: when it is on Spark.
    """
    if target() != "duckdb":
        raise CompareError("leads are scored beside DuckDB's file: build a sample there, without LEADHOUSE_TARGET")


def last_as_of(home: Home) -> datetime:
    """The as-of time (UTC) of the scores in the warehouse.

    Raises:
        CompareError: when there is no warehouse or it holds no scores.
    """
    if not home.warehouse.exists():
        raise CompareError(f"{home.warehouse} does not exist: run `make demo` or `make run` first")
    try:
        with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
            row = warehouse.execute("select max(as_of) from marts.lead_scores").fetchone()
    except duckdb.Error as error:
        raise CompareError(f"{home.warehouse} cannot be read: {str(error).splitlines()[0]}") from error
    if row is None or row[0] is None:
        raise CompareError("the warehouse holds no scored lead: put files into landing and run `make run` first")
    as_of: datetime = row[0]
    return as_of


def project_at(home: Home, revision: str) -> Path:
    """A copy of the dbt project whose scoring seeds are those of a git revision.

    Raises:
        CompareError: when git does not know the revision or it has no scoring seeds.
    """
    archive = subprocess.run(
        ["git", "archive", revision, "--", str(SEEDS)], cwd=CHECKOUT, capture_output=True, check=False
    )
    if archive.returncode != 0:
        raise CompareError(f"git has no {SEEDS} at '{revision}': {archive.stderr.decode(errors='replace').strip()}")
    project = home.root / "compare" / "project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns(*NOT_PARSED))
    for seed in (project / "seeds" / "scoring").glob("*.csv"):
        seed.unlink()
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as seeds:
        for member in seeds.getmembers():
            content = seeds.extractfile(member) if member.name.endswith(".csv") else None
            if content is not None:
                (project / "seeds" / "scoring" / Path(member.name).name).write_bytes(content.read())
    return project


def changed_seeds(before: Path, after: Path) -> list[str]:
    """Names of the scoring seeds that differ between two projects."""
    folders = [project / "seeds" / "scoring" for project in (before, after)]
    names = sorted({path.name for folder in folders for path in folder.glob("*.csv")})
    contents = [
        {name: (folder / name).read_bytes() for name in names if (folder / name).exists()} for folder in folders
    ]
    return [name for name in names if contents[0].get(name) != contents[1].get(name)]


def score(home: Home, sides: Mapping[str, Side], as_of: datetime, say: Callable[[str], None]) -> None:
    """Score every side at the as-of time and a week before, from the warehouse's daily activity.

    No event is read: only seeds and scoring models are built, into files beside the warehouse.

    Raises:
        CompareError: when dbt refuses a side's seeds; carries dbt's words.
    """
    read_manifest(home)
    state = manifest_folder(home)
    for each in sides.values():
        for file, moment in ((each.now, as_of), (each.week_ago, as_of - WEEK)):
            say(f"scoring {each.name}, as of {moment:%Y-%m-%d %H:%M} UTC")
            _build(home, each, file, moment, state)


def _build(home: Home, each: Side, file: Path, moment: datetime, state: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    target = home.root / "compare" / f"target_{each.name}"
    command: list[str | Path] = [*OUR_DBT, "--quiet", "--no-use-colors", "build", "--target", "compare"]
    command += ["--project-dir", each.project, "--profiles-dir", each.project]
    command += ["--target-path", target, "--log-path", target]
    command += ["--defer", "--favor-state", "--state", state]
    command += ["--indirect-selection", "cautious", "--select", *SELECTION, "--exclude", *OF_BOTH_SIDES]
    environment = {
        **os.environ,
        "LEADHOUSE_HOME": str(home.root),
        "LEADHOUSE_AS_OF": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z",
        "LEADHOUSE_COMPARE_FILE": str(file),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    build = subprocess.run(command, cwd=each.project, env=environment, capture_output=True, text=True, check=False)
    if build.returncode != 0:
        file.unlink(missing_ok=True)
        print(build.stdout + build.stderr, file=sys.stderr)
        raise CompareError(f"dbt refuses the seeds of the side '{each.name}' (its words are above)")
