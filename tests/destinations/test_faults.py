"""Whatever happens on the way, the CRM ends up holding what it should, and no row is written twice.

``--plans 500 --kills 100`` draws as many fault plans and moments of death for each destination as a release wants.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from orchestration.home import CHECKOUT
from orchestration.reverse_sync import hubspot as hubspot_module
from orchestration.reverse_sync import salesforce as salesforce_module
from orchestration.reverse_sync.journal import Journal, KnownOutcomes
from orchestration.reverse_sync.protocol import Change, Destination, DestinationError
from tests.destinations.conftest import hubspot_at, salesforce_at
from tests.destinations.faulty_line import FAULTS, Fault, FaultyLine
from tests.destinations.hubspot_server import HubSpotServer
from tests.destinations.salesforce_server import SalesforceServer
from tests.destinations.sending import journal, send_all
from tests.destinations.servers import LocalServer

LONGEST_PLAN = 40
RUNS = 12
At = Callable[[str], Destination]
CASES = ("salesforce calls", "salesforce jobs", "hubspot")


def changes_of(case: str, count: int, first: int = 0) -> list[Change]:
    """What is to be sent."""
    numbers = range(first, first + count)
    if case == "hubspot":
        return [
            Change(f"p{n}", "contact", str(10**6 + n), {"lead_grade": f"A{1 + n % 4}", "lead_score": float(n)})
            for n in numbers
        ]
    return [
        Change(f"p{n}", "lead", f"00Q{n:012d}AAA", {"Lead_Grade__c": f"A{1 + n % 4}", "Lead_Score__c": float(n % 1000)})
        for n in numbers
    ]


def server_of(case: str) -> tuple[LocalServer, At]:
    """A server of the case's CRM and its destination."""
    if case == "hubspot":
        return HubSpotServer(), hubspot_at
    return SalesforceServer(), salesforce_at


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """Many calls for few rows."""
    monkeypatch.setattr(hubspot_module, "ROWS_IN_A_CALL", 7)
    monkeypatch.setattr(salesforce_module, "ROWS_IN_A_CALL", 3 if "jobs" in case else 7)
    monkeypatch.setattr(salesforce_module, "ROWS_BY_CALLS", 0 if "jobs" in case else 10**6)
    monkeypatch.setattr(salesforce_module, "ROWS_IN_A_JOB", 11)


def add(server: LocalServer, changes: Sequence[Change]) -> None:
    for change in changes:
        server.add(change.record_id)  # type: ignore[attr-defined]


def drawn_plan(chance: random.Random) -> list[Fault]:
    """Some faults among requests that pass, rare or dense."""
    share = chance.choice([0.1, 0.3, 0.6])
    return [
        chance.choice(FAULTS) if chance.random() < share else None for _ in range(chance.randrange(1, LONGEST_PLAN))
    ]


def everything(log: Journal, name: str) -> list[Mapping[str, Any]]:
    """All outcome rows of a destination."""
    return log.unknown_rows(name, KnownOutcomes())


def open_rows(changes: Sequence[Change], log: Journal, name: str) -> list[Change]:
    """What no run has brought home yet."""
    last = {(row["object"], row["record_id"]): row["outcome"] for row in everything(log, name)}
    return [change for change in changes if last.get(change.key) not in ("accepted", "unchanged")]


def holds(server: LocalServer, change: Change) -> bool:
    held = server.records[change.record_id]
    return all(
        str(held.get(name)).removesuffix(".0") == str(value).removesuffix(".0") for name, value in change.values.items()
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("small_batches")
def test_any_faults_on_the_way_end_with_every_row_there_and_written_once(
    case: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    faults: Counter[str] = Counter()
    for plan_number in range(request.config.getoption("--plans")):
        chance = random.Random(f"{case} {plan_number}")
        plan = drawn_plan(chance)
        changes = changes_of(case, chance.randrange(1, 40))
        log = journal(tmp_path / str(plan_number))
        server, at = server_of(case)
        with server, FaultyLine(server.url, plan) as line:
            add(server, changes)
            runs = 0
            while waiting := open_rows(changes, log, at(line.url).name):
                runs += 1
                assert runs <= RUNS, (case, plan_number, plan)
                destination = at(line.url)
                try:
                    send_all(destination, waiting, log, tries_in_a_run=3, failures_in_a_row=4, attempts=1000)
                except DestinationError:
                    faults["runs that stopped"] += 1
                finally:
                    destination.close()
            assert not log.has_open_intents()
        assert all(holds(server, change) for change in changes), (case, plan_number, plan)
        assert Counter(record for record, _ in server.writes) == Counter(change.record_id for change in changes), (
            case,
            plan_number,
            plan,
        )
        taken = Counter(
            row["record_id"] for row in everything(log, destination.name) if row["outcome"] in ("accepted", "unchanged")
        )
        assert taken == Counter(change.record_id for change in changes)
        faults.update(str(fault) for fault in plan[: line.requests] if fault is not None)
    assert len(faults) > 4  # the plans were not empty


@pytest.mark.parametrize("case", CASES)
def test_killed_at_any_moment_the_next_run_brings_every_row_home(
    case: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kills, rows = request.config.getoption("--kills"), 20
    server, _ = server_of(case)
    changes = changes_of(case, kills * rows)
    with server:
        add(server, changes)
        script = Path(__file__).with_name("killed_sending.py")
        command = [sys.executable, str(script), case, server.url, str(tmp_path), str(kills), str(rows)]
        run = subprocess.run(
            command, cwd=CHECKOUT, env={"PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True, check=False
        )
    assert run.returncode == 0, run.stderr
    reports = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(reports) == kills
    assert sum(report["died"] for report in reports) > kills / 2
    assert all(holds(server, change) for change in changes)
    values: dict[str, set[str]] = {}
    for record, written in server.writes:
        values.setdefault(record, set()).add(json.dumps(written, sort_keys=True))
    assert {len(different) for different in values.values()} == {1}
    for report in reports:
        assert report["taken"] == [1] * rows, report
        assert report["open"] == 0, report
