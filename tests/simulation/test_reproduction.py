"""Same seed, same bytes; days delivered one by one are the days delivered at once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from simulation.cli import simulate
from tests.simulation.conftest import CLEAN, SMALL, Simulated, made

EVENT_SOURCES = ("email", "web", "messaging")


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_gives_same_bytes_with_any_number_of_threads(dirty: Simulated, tmp_path: Path) -> None:
    again = made(tmp_path / "one_thread", SMALL, threads=1)
    assert fingerprints(again.out) == fingerprints(dirty.out)


def test_another_seed_gives_another_company(dirty: Simulated, tmp_path: Path) -> None:
    other = made(tmp_path / "other", replace(SMALL, seed=12))
    ours, theirs = fingerprints(dirty.out), fingerprints(other.out)
    # Broken files are the same in every company.
    for name in ours:
        if (
            name.startswith(("landing/email/events/2026-09-01_", "truth/people", "truth/events"))
            or "crm/leads/20" in name
        ):
            assert theirs.get(name) != ours[name] or "unfinished" in name or "garbage" in name, name


def test_appended_days_are_the_days_of_one_run(clean: Simulated, tmp_path: Path) -> None:
    split = date(2026, 9, 26)
    simulate(replace(CLEAN, last_day=split), tmp_path, is_quiet=True)
    for back in range(4):
        day = split + timedelta(days=1 + back)
        simulate(replace(CLEAN, first_day=day, last_day=day), tmp_path, append=True, is_quiet=True)
    parts = Simulated(tmp_path)
    for table in (
        "email/events",
        "web/events",
        "messaging/events",
        "crm/leads",
        "crm/opportunities",
        "crm/contacts",
        "crm/accounts",
        "crm/tasks",
    ):
        at_once = f"select * from read_parquet('{clean.out}/landing/{table}/*.parquet')"
        in_parts = f"select * from read_parquet('{{landing}}/{table}/*.parquet')"
        assert parts.number(f"select count(*) from ({at_once})") > 0
        assert parts.query(f"({at_once}) except all ({in_parts})") == [], table
        assert parts.query(f"({in_parts}) except all ({at_once})") == [], table
    truths = "select event_id, source, is_bot, kind from read_parquet('{folder}/truth/events*.parquet')"
    at_once, in_parts = truths.format(folder=clean.out), truths.format(folder=tmp_path)
    assert parts.query(f"({at_once}) except all ({in_parts})") == []
    assert parts.query(f"({in_parts}) except all ({at_once})") == []
