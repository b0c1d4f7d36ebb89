"""Whatever happens on the way to a real Odoo, it ends up holding what it should. ``--plans`` and ``--kills``."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestration.crm.server import Crm
from orchestration.odoo import Odoo
from orchestration.reverse_sync.journal import Journal, same_value
from orchestration.reverse_sync.odoo import OdooDestination
from orchestration.reverse_sync.protocol import Change, DestinationError
from tests.crm.leads import FIELDS, create_leads, grade
from tests.destinations.faulty_line import FaultyLine
from tests.destinations.killed_sending import dying_at
from tests.destinations.sending import journal, prepared, send_all
from tests.destinations.test_faults import RUNS, drawn_plan, everything, open_rows

LEADS = 30
MOMENTS = 50


@pytest.fixture
def ids(odoo: Odoo) -> list[int]:
    prepared(OdooDestination(odoo), FIELDS)
    return create_leads(odoo, LEADS, "faulty")


def drawn_changes(chance: random.Random, ids: Sequence[int]) -> list[Change]:
    """New values for some of the leads, few different ones or many."""
    step = chance.choice([0, 1, 7])
    some = chance.sample(ids, chance.randrange(1, len(ids) + 1))
    return [grade(record, float((chance.randrange(100) + number * step) % 101)) for number, record in enumerate(some)]


def is_held(odoo: Odoo, changes: Sequence[Change]) -> bool:
    held = OdooDestination(odoo).read(changes)
    return all(same_value(value, held[row.key][name]) for row in changes for name, value in row.values.items())


def taken_once(log: Journal, changes: Sequence[Change]) -> bool:
    taken = Counter(row["record_id"] for row in everything(log, "odoo") if row["outcome"] in ("accepted", "unchanged"))
    return taken == Counter(row.record_id for row in changes)


def test_any_faults_on_the_way_to_odoo_end_with_every_row_there(
    crm: Crm, odoo: Odoo, ids: list[int], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for plan_number in range(request.config.getoption("--plans")):
        chance = random.Random(f"odoo {plan_number}")
        plan, changes = drawn_plan(chance), drawn_changes(chance, ids)
        log = journal(tmp_path / str(plan_number))
        with FaultyLine(crm.settings["LEADHOUSE_ODOO_URL"], plan) as line:
            runs = 0
            while waiting := open_rows(changes, log, "odoo"):
                runs += 1
                assert runs <= RUNS, (plan_number, plan)
                destination = OdooDestination(Odoo.from_environment({**crm.settings, "LEADHOUSE_ODOO_URL": line.url}))
                destination.ROWS_IN_A_BATCH = 11  # type: ignore[misc]
                try:
                    send_all(destination, waiting, log, tries_in_a_run=3, failures_in_a_row=4, attempts=1000)
                except DestinationError:
                    pass
                finally:
                    destination.close()
        assert not log.has_open_intents()
        assert is_held(odoo, changes), (plan_number, plan)
        assert taken_once(log, changes), (plan_number, plan)


def test_killed_at_any_moment_the_next_run_brings_every_row_into_odoo(
    crm: Crm, odoo: Odoo, ids: list[int], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    died = 0
    kills = request.config.getoption("--kills")
    for kill in range(kills):
        chance = random.Random(f"odoo {kill}")
        changes = drawn_changes(chance, ids)
        log = journal(tmp_path / str(kill))
        died += _sent_and_died(crm, log, changes, chance.randrange(1, MOMENTS))
        destination = OdooDestination(crm.client())
        send_all(destination, open_rows(changes, log, "odoo"), log, tries_in_a_run=3)
        destination.close()
        assert not log.has_open_intents()
        assert is_held(odoo, changes), kill
        assert taken_once(log, changes), kill
    assert died > kills / 3


def _sent_and_died(crm: Crm, log: Journal, changes: Sequence[Change], moment: int) -> bool:
    """Send in a process of its own that is killed (-9) at its n-th trace on disk or line."""
    child = os.fork()
    if child == 0:
        import http.client

        wrap = dying_at(moment)
        os.fsync = wrap(os.fsync)
        Path.replace = wrap(Path.replace)  # type: ignore[method-assign]
        http.client.HTTPConnection.send = wrap(http.client.HTTPConnection.send)  # type: ignore[method-assign]
        try:
            destination = OdooDestination(crm.client())
            destination.ROWS_IN_A_BATCH = 11  # type: ignore[misc]
            send_all(destination, changes, log)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
