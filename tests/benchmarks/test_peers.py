"""Four programs that share no line with the dbt project give the same scores, row by row.

They keep the benchmark honest, and they are the product's strongest witness: what the project has misread, all of them
would have to have misread in the same way. The company is built incrementally; they know no increments.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from benchmarks.equality import AnswersDifferError, same_answer
from benchmarks.peers.__main__ import PEERS
from orchestration.crm.errors import NotAvailableHereError
from orchestration.crm.programs import postgres_programs
from orchestration.home import CHECKOUT, DBT_PROJECT
from tests.benchmarks.conftest import AS_OF
from tests.end_to_end.leadhouse import Leadhouse


def _run(python: str, peer: str, company: Leadhouse, out: Path, as_of: str = AS_OF) -> None:
    command = [python, "-m", "benchmarks.peers", peer, "--raw", company.home.raw, "--seeds", DBT_PROJECT / "seeds"]
    done = subprocess.run(
        [*map(str, command), "--out", str(out), "--as-of", as_of],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_gives_the_same_scores(peer: str, bench_python: str, company: Leadhouse, tmp_path: Path) -> None:
    if peer == "postgres":
        try:
            postgres_programs()
        except NotAvailableHereError as problem:
            pytest.skip(str(problem))
    _run(bench_python, peer, company, tmp_path / "out")
    rows = company.number("select count(*) from marts.lead_scores")
    assert rows > 600
    assert same_answer(company.home.warehouse, tmp_path / "out") > rows
    assert json.loads((tmp_path / "out" / "run.json").read_text())["seconds"] > 0


def test_a_disk_that_is_too_small_is_not_filled(bench_python: str, company: Leadhouse) -> None:
    script = f"""
import shutil
from pathlib import Path
from benchmarks.peers.in_postgres import require_room
raw = Path({str(company.home.raw)!r})
require_room(raw)
shutil.disk_usage = lambda path: shutil._ntuple_diskusage(100_000_000, 0, 11_000_000)
require_room(raw)
"""
    done = subprocess.run([bench_python, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].startswith("RuntimeError: PostgreSQL's files of ")
    assert "line 8" in done.stderr


def test_the_company_has_what_peers_could_get_wrong(company: Leadhouse) -> None:
    """Else equal answers would say little."""
    for what, sql in {
        "repeated events": "select count(*) from staging.base_web__events where row_verdict = 'duplicate'",
        "quarantined events": "select count(*) from staging.base_email__events where row_verdict = 'quarantined'",
        "records of one person": "select count(*) from intermediate.int_identities where rule <> 'surviving_record'",
        "devices that change hands": """
            select count(*) from (
                select identifier
                from marts.lead_identifiers
                where identifier_type = 'device'
                group by identifier
                having count(*) > 1
            )
        """,
        "every bot rule": """
            select count(*) = 8
            from (
                select rule from intermediate.int_bot_signals
                union
                select bot_reason from intermediate.int_activities where is_bot
            )
        """,
        "every shape of row": """
            select count(*)
                filter (where rule_id in ('unknown', 'no_match', 'criterion_cap', 'cap', 'floor', 'idle_month')) = 6
                and count(*) filter (where rule_id like '%.day_cap') > 0
                and count(*) filter (where rule_id like '%.rule_cap') > 0
            from (select distinct rule_id from marts.lead_score_contributions)
        """,
        "the disqualified": "select count(*) from marts.lead_score_contributions where criterion = 'disqualified'",
    }.items():
        assert company.number(sql) > 0, f"no {what} in the simulated company: choose another seed number"


def test_another_answer_is_refused(bench_python: str, company: Leadhouse, tmp_path: Path) -> None:
    """A comparison that accepts everything would let a fast peer win that left work out."""
    _run(bench_python, "hand", company, tmp_path / "out")
    same_answer(company.home.warehouse, tmp_path / "out")
    for table, change in {
        "lead_score_contributions": "update lead_score_contributions set points = points + 0.0001 where rowid = 7",
        "lead_scores": "delete from lead_scores where rowid = 7",
    }.items():
        altered = tmp_path / table
        shutil.copytree(tmp_path / "out", altered)
        with duckdb.connect(str(altered / "scores.duckdb")) as connection:
            connection.execute(change)
        with pytest.raises(AnswersDifferError, match=f"{table} differs"):
            same_answer(company.home.warehouse, altered)


def test_another_moment_gives_another_answer(bench_python: str, company: Leadhouse, tmp_path: Path) -> None:
    """A peer that ignored the as-of time would only be right on the last day."""
    _run(bench_python, "hand", company, tmp_path / "out", "2026-09-01T00:00:00Z")
    with pytest.raises(AnswersDifferError):
        same_answer(company.home.warehouse, tmp_path / "out")
