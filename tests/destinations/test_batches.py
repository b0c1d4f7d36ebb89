"""How large a batch is, and what stands in it: read from what a local CRM was asked."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.reverse_sync import salesforce as salesforce_module
from tests.destinations.conftest import hubspot_at, salesforce_at
from tests.destinations.faulty_line import FaultyLine
from tests.destinations.hubspot_server import HubSpotServer
from tests.destinations.salesforce_server import SalesforceServer
from tests.destinations.sending import kinds, send_all
from tests.destinations.test_faults import add, changes_of


def _sizes(server: HubSpotServer | SalesforceServer) -> list[int]:
    """Rows of each batch that reached the CRM."""
    asked = [json.loads(body) for _, path, body in server.requests if path.endswith(("/update", "composite/sobjects"))]
    return [len(body.get("inputs") or body.get("records")) for body in asked]


def test_a_busy_crm_gets_half_a_batch_and_more_with_each_call_that_goes_well(account: HubSpotServer) -> None:
    """A CRM that was out of breath was sent the same large batches until it refused every one of them."""
    changes = changes_of("hubspot", 400)
    add(account, changes)
    with FaultyLine(account.url, [429]) as line:
        sent = send_all(hubspot_at(line.url), changes, tries_in_a_run=2)
    assert kinds(sent.outcomes) == {("accepted", "")}
    # 100 were refused and come last; half, then half as much again and one more, then as many as a call takes.
    assert _sizes(account) == [50, 76, 100, 74, 100]


def test_a_batch_that_is_too_large_is_halved_and_the_others_start_smaller(org: SalesforceServer) -> None:
    changes = changes_of("salesforce calls", 600)
    add(org, changes)
    with FaultyLine(org.url, [413, 413]) as line:
        sent = send_all(salesforce_at(line.url), changes)
    assert kinds(sent.outcomes) == {("accepted", "")}
    # 200 and then 100 were refused; no row of them goes twice.
    assert _sizes(org) == [50, 50, 100, 173, 200, 27]


@pytest.fixture
def calls_of_seven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salesforce_module, "ROWS_IN_A_CALL", 7)


@pytest.mark.usefixtures("calls_of_seven")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["", "Acme", "Bolt", "Crane", "Dune"]), min_size=1, max_size=40))
def test_the_records_of_one_account_stand_side_by_side(accounts: list[str]) -> None:
    """Two calls waited for the lock of one account, and one of them was refused."""
    drawn = zip(changes_of("salesforce calls", len(accounts)), accounts, strict=True)
    changes = [replace(change, account=account) for change, account in drawn]
    of = {change.record_id: change.account for change in changes}
    with SalesforceServer() as org:
        add(org, changes)
        assert kinds(send_all(salesforce_at(org.url), changes).outcomes) == {("accepted", "")}
        written = [of[record] for record, _ in org.writes]
    assert len(written) == len(accounts)
    borders = sum(before != after for before, after in pairwise(written))
    assert borders == len(set(accounts)) - 1
