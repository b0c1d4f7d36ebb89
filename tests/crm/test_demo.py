"""The whole way round with the real job: into the CRM, out of it, graded, written back, read back.

And what a person changes there: it is kept and told, and written over only when the seed says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.crm.demo import Company, run_demo
from orchestration.crm.server import Crm
from orchestration.home import CHECKOUT, Home
from orchestration.odoo import Odoo

COMPANY = Company(leads=60, days=30, seed=3)
KEEP_DAYS = 30
WRONG = "a-marked-wrong-password"


def _job(graded: Home, settings: Mapping[str, str], *arguments: str, as_of: datetime | None = None) -> tuple[int, str]:
    """Run the real job; its exit code and all that it said."""
    moment = {"LEADHOUSE_AS_OF": as_of.isoformat()} if as_of else {}
    own = {"LEADHOUSE_HOME": str(graded.root), "LEADHOUSE_DESTINATION": "odoo", **moment}
    run = subprocess.run(
        [sys.executable, "-m", "orchestration.run", *arguments],
        cwd=CHECKOUT, env={**os.environ, **settings, **own}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return run.returncode, run.stdout + run.stderr


def _rows(graded: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(graded.warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def _grade(odoo: Odoo, record: int) -> str:
    (row,) = odoo.call("crm.lead", "read", [record], ["x_lead_grade"])
    return str(row["x_lead_grade"])


def _everything_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@contextmanager
def _said_into(file: Path) -> Iterator[None]:
    """All that we and our children print goes into a file."""
    with file.open("a", encoding="utf-8") as log:
        kept = {number: os.dup(number) for number in (1, 2)}
        try:
            for number in kept:
                os.dup2(log.fileno(), number)
            with redirect_stdout(log), redirect_stderr(log):
                yield
        finally:
            for number, before in kept.items():
                os.dup2(before, number)
                os.close(before)


@pytest.fixture(scope="module")
def home(crm: Crm, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A company that went all the way round once; its log lies beside it."""
    home = Home(tmp_path_factory.mktemp("round"))
    crm.reset()
    with _said_into(home.root / "said.txt"):
        assert run_demo(home, crm, COMPANY, with_pictures=False) == 0
    return home


def test_the_crm_holds_every_grade_and_a_second_round_sends_nothing(home: Home, crm: Crm) -> None:
    odoo = crm.client()
    graded = odoo.call(
        "crm.lead", "search_count", [["x_lead_grade", "!=", False], ["x_lead_grade_reason", "!=", False]]
    )
    odoo.close()
    assert graded > 40
    written = sorted((home.root / "crm-demo" / "leadhouse" / "landing" / "sync").rglob("*.jsonl"))
    with _said_into(home.root / "said.txt"):
        assert run_demo(home, crm, COMPANY, with_pictures=False) == 0
    assert sorted((home.root / "crm-demo" / "leadhouse" / "landing" / "sync").rglob("*.jsonl")) == written


def test_a_persons_grade_is_kept_until_its_expiry_and_no_run_leaves_a_secret(home: Home, crm: Crm) -> None:
    """A manager set a grade by hand each morning and the night put the old one back."""
    graded = Home(home.root / "crm-demo" / "leadhouse")
    odoo = crm.client()
    (record,) = odoo.call("crm.lead", "search", [["type", "=", "lead"], ["x_lead_grade", "!=", False]], limit=1)
    ours = _grade(odoo, record)
    theirs = "by hand"
    time.sleep(2)  # Odoo counts whole seconds
    odoo.call("crm.lead", "write", [record], {"x_lead_grade": theirs})

    code, said = _job(graded, crm.settings)
    assert code == 0, said
    assert _grade(odoo, record) == theirs
    kept = f"select our_value, their_value from marts.sync_overrides where record_id = '{record}'"
    assert _rows(graded, kept) == [(ours, theirs)]
    assert (1,) in _rows(graded, "select count(*) from sync.sync_crm__withheld where reason = 'overridden'")
    assert "1 overridden" in said

    code, later = _job(
        graded, crm.settings, as_of=datetime.now(UTC).replace(tzinfo=None) + timedelta(days=KEEP_DAYS + 1)
    )
    assert code == 0, later
    wanted = f"""
        select new_value from sync.sync_crm__wanted_values where record_id = '{record}' and field = 'x_lead_grade'
    """
    assert [(_grade(odoo, record),)] == _rows(graded, wanted)

    odoo.call("crm.lead", "write", [record], {"x_lead_grade": theirs})
    odoo.close()
    code, refused = _job(graded, {**crm.settings, "LEADHOUSE_ODOO_PASSWORD": WRONG})
    assert code != 0
    assert "Odoo refused the log-in" in refused
    everything = _everything_under(home.root) + "".join((said, later, refused)).encode()
    assert b"odoo" in everything
    assert b"STEP_RESTARTED" not in everything, "Dagster asked again with the same wrong password"
    for secret in (crm.settings["LEADHOUSE_ODOO_PASSWORD"], WRONG):
        assert secret.encode() not in everything
