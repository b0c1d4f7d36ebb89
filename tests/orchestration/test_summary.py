"""The demo on the real project: what it prints is what was published."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.home import CHECKOUT, Home
from orchestration.publish import published_file

LEADS = 150


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    """A small demo, run as `make demo` runs it."""
    home = Home(tmp_path_factory.mktemp("demo") / "home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADHOUSE_", "DBT_", "DAGSTER"))}
    command = [sys.executable, "-m", "orchestration.demo", "--leads", str(LEADS), "--days", "180"]
    environment = kept | {"LEADHOUSE_HOME": str(home.root)}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return home, done.stdout


@pytest.fixture
def published(demo: tuple[Home, str]) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(published_file(demo[0])), read_only=True)


def test_it_fits_a_terminal(demo: tuple[Home, str]) -> None:
    # The state folder's own name may be of any length.
    assert max(len(line) for line in demo[1].replace(str(demo[0].root), "var").splitlines()) <= 120


def test_rows_are_accounted_for(demo: tuple[Home, str], published: duckdb.DuckDBPyConnection) -> None:
    totals = published.execute(
        "select sum(raw_rows), sum(staged_rows), sum(duplicate_rows), sum(quarantined_rows) from row_accounting"
    ).fetchall()[0]
    line = next(line for line in demo[1].splitlines() if line.startswith("  all  "))
    assert line.split() == ["all", *(f"{int(total):,}" for total in totals)]
    reasons = published.execute("select reason from quarantined_rows group by all order by count(*) desc").fetchall()
    assert reasons[0][0] in demo[1]


def test_the_matrix_is_the_marts(demo: tuple[Home, str], published: duckdb.DuckDBPyConnection) -> None:
    lines = demo[1].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("GRADES"))
    shown = {
        f"{line.split()[0]}{level}": int(cell.replace(",", ""))
        for line in lines[start + 2 : start + 6]
        for level, cell in enumerate(line.split()[1:5], start=1)
    }
    counted = published.execute(
        "select grade, count(*) from lead_scores where scoring_model = 'standard' group by all"
    ).fetchall()
    assert {grade: count for grade, count in shown.items() if count} == dict(counted)
    assert len(shown) == 16


def test_the_best_leads_come_with_reason_and_next_action(
    demo: tuple[Home, str], published: duckdb.DuckDBPyConnection
) -> None:
    best = published.execute(
        """
        select lead_id, action_label, reason from lead_scores inner join leads using (lead_id)
        where scoring_model = 'standard' and not is_test and not is_deleted
        order by priority, combined_score desc, lead_id limit 10
        """
    ).fetchall()
    words = " ".join(demo[1].split())
    assert len(best) == 10
    positions = [words.index(lead_id) for lead_id, _, _ in best]
    assert positions == sorted(positions)
    for _, action, reason in best:
        assert action in words
        assert " ".join(reason.split()) in words


def test_the_funnel_and_the_breaches_are_the_marts(
    demo: tuple[Home, str], published: duckdb.DuckDBPyConnection
) -> None:
    lines = demo[1].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("FUNNEL"))
    shown = {}
    for line in lines[start + 2 :]:
        if not line.strip():
            break
        counts = [part for part in line.split() if part.replace(",", "").isdigit()]
        shown[line.split()[0]] = int(counts[0].replace(",", ""))
    stages = dict(published.execute("select stage, count(*) from lead_lifecycle group by all").fetchall())
    assert stages
    assert {stage: count for stage, count in shown.items() if count} == stages

    counted = dict(published.execute("select verdict, count(*) from follow_up_sla group by all").fetchall())
    (line,) = (line for line in lines if line.startswith("FOLLOW-UP"))
    assert f"{sum(counted.values()):,} hand-offs" in line
    for words, verdict in (("answered in time", "in time"), ("late", "late"), ("overdue", "overdue")):
        assert f"{counted.get(verdict, 0):,} {words}" in line


def test_no_person_is_named(demo: tuple[Home, str], published: duckdb.DuckDBPyConnection) -> None:
    emails = published.execute("select email from leads where email is not null").fetchall()
    assert emails
    assert [email for (email,) in emails if email in demo[1]] == []


def test_the_sync_is_told(demo: tuple[Home, str]) -> None:
    home, words = demo
    sent = sum(len(file.read_text().splitlines()) - 1 for file in home.outbox.glob("*/*.csv"))
    assert f"{sent:,} records, {sent:,} accepted" in words
    assert sent > LEADS / 2
    assert "make dev" in words


def test_a_folder_with_files_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    own = tmp_path / "landing" / "crm" / "leads" / "mine.csv"
    own.parent.mkdir(parents=True)
    own.write_text("lead_id,created_at\n1,2026-01-01\n")
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.demo"],
        cwd=CHECKOUT,
        env=os.environ | {"LEADHOUSE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "holds files of your own" in done.stderr
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["mine.csv"]


def test_nothing_published_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.summary"],
        cwd=CHECKOUT,
        env=os.environ | {"LEADHOUSE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "run `python -m orchestration.run`" in done.stderr


def test_the_plan_of_today_is_the_marts(demo: tuple[Home, str], published: duckdb.DuckDBPyConnection) -> None:
    """A morning list that is not what the tool sends is a list that nobody opens twice."""
    lines = demo[1].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("TODAY'S PLAN"))
    ((program, step, channel, leads),) = published.execute(
        """
        select program, step, channel, count(*) as leads
        from nurture_plan
        where earliest_at < as_of + interval 1 day
        group by all
        order by leads desc, program, step, channel
        limit 1
        """
    ).fetchall()
    shown = lines[start + 2].split()
    assert (shown[0], shown[1]) == (program, str(step))
    assert channel in shown and f"{leads:,}" in shown
    ((held_out,),) = published.execute("select count(*) from nurture_programs where status = 'held_out'").fetchall()
    assert f"{held_out} held out" in " ".join(lines[start:])


def test_referrals_are_the_marts(demo: tuple[Home, str], published: duckdb.DuckDBPyConnection) -> None:
    text = demo[1]
    ((said, credited),) = published.execute(
        "select count(*), count(*) filter (where is_credited) from referrals"
    ).fetchall()
    assert credited > 0
    assert f"REFERRALS  {said:,} said who sent them: {credited:,} credited (" in text
