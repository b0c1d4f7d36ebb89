"""A weight is changed in a checkout of its own: who moves is counted again from the contributions, without the SQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.home import CHECKOUT, Home
from orchestration.project import NOT_PARSED

RULE, BEFORE, AFTER = "title_director", "80", "20"
POINTS_LOST = 30 * (80 - 20) / 100


@dataclass(frozen=True)
class Workshop:
    """A checkout and a home that a test may change."""

    checkout: Path
    home: Home

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run a Python module of the checkout; gives what it printed."""
        environment = {
            **os.environ,
            "LEADHOUSE_HOME": str(self.home.root),
            "LEADHOUSE_AS_OF": "2026-10-01T00:00:00Z",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(command, cwd=self.checkout, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def rules(self) -> Path:
        """The seed that is changed."""
        return self.checkout / "dbt_project" / "seeds" / "scoring" / "profile_rules.csv"


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp("compare")
    checkout, home = folder / "checkout", Home(folder / "home")
    for part in ("dbt_project", "orchestration", "simulation"):
        shutil.copytree(CHECKOUT / part, checkout / part, ignore=shutil.ignore_patterns(*NOT_PARSED, "__pycache__"))
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "before"]):
        subprocess.run([*git, *command], cwd=checkout, check=True)
    made = Workshop(checkout, home)
    made.run("simulation", "--leads", "400", "--days", "60", "--seed", "5", "--out", str(home.root))
    made.run("orchestration.run", "--job", "hourly", "--no-summary")
    return made


def band(score: float) -> str:
    return next(grade for grade, lowest in (("A", 75), ("B", 50), ("C", 25), ("D", -1e9)) if score >= lowest)


def expected_moves(home: Home) -> dict[str, tuple[str, str]]:
    """Who would change grade, from the contributions of the weight before: lead to (grade before, grade after)."""
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        points: pd.DataFrame = warehouse.execute(
            "select lead_id, rule_id, points::double as points from marts.lead_score_contributions "
            "where scoring_model = 'standard' and dimension = 'profile'"
        ).df()
        grades: pd.DataFrame = warehouse.execute(
            "select lead_id, grade from marts.lead_grades where scoring_model = 'standard'"
        ).df()
    before = points.groupby("lead_id")["points"].sum()
    directors = set(points.loc[points["rule_id"] == RULE, "lead_id"])
    moves = {}
    for lead, grade in zip(grades["lead_id"], grades["grade"], strict=True):
        after = before[lead] - (POINTS_LOST if lead in directors else 0)
        if band(after) != grade[0]:
            moves[lead] = (grade, band(after) + grade[1])
    return moves


def test_a_changed_weight_moves_whom_it_must_and_nothing_is_published(workshop: Workshop) -> None:
    text = workshop.rules.read_text()
    row = next(line for line in text.splitlines() if line.startswith(f"standard,{RULE},"))
    workshop.rules.write_text(text.replace(row, row.replace(f",{BEFORE},", f",{AFTER},")))
    warehouse, published = workshop.home.warehouse.read_bytes(), sorted(workshop.home.published.rglob("*"))
    try:
        told = workshop.run("orchestration.compare", "--against", "HEAD")
    finally:
        workshop.rules.write_text(text)
    changed = pd.read_csv(workshop.home.root / "compare" / "changed_leads.csv", dtype={"lead_id": str})
    moves = expected_moves(workshop.home)
    assert len(moves) > 5, "the weight moves too few leads to prove anything"
    assert {row.lead_id: (row.grade_before, row.grade_after) for row in changed.itertuples()} == moves
    assert set(changed["model_after"]) == {"standard"}, "the other model has its own weights"
    assert f"{len(moves):,} of" in told
    assert "decay: no lead of" in told
    assert workshop.home.warehouse.read_bytes() == warehouse
    assert sorted(workshop.home.published.rglob("*")) == published


def test_nothing_changed_is_said_so(workshop: Workshop) -> None:
    assert "no scoring seed differs from HEAD" in workshop.run("orchestration.compare")


def test_a_seed_that_breaks_a_rule_is_refused_with_its_name(workshop: Workshop) -> None:
    criteria = workshop.rules.with_name("scoring_criteria.csv")
    text = criteria.read_text()
    criteria.write_text(
        text.replace("standard,profile,need,Need,profile,35,", "standard,profile,need,Need,profile,45,")
    )
    try:
        told = workshop.run("orchestration.compare", expect=1)
    finally:
        criteria.write_text(text)
    assert "weights_sum_to_100" in told
    assert "refuses the seeds of the side 'after'" in told


def test_an_unknown_revision_is_refused(workshop: Workshop) -> None:
    assert "git has no" in workshop.run("orchestration.compare", "--against", "no-such-revision", expect=1)
