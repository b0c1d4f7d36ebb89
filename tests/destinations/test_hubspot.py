"""HubSpot: batches, answers that leave rows out, limits. Against a local server, by the official client."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from orchestration.reverse_sync.checks import prepare, refusals
from orchestration.reverse_sync.hubspot import HubSpotDestination
from orchestration.reverse_sync.protocol import Change, DestinationError, Value
from tests.destinations.hubspot_server import HubSpotServer
from tests.destinations.sending import by_record, kinds, outcomes, policy, send_all
from tests.destinations.servers import Reply
from tests.destinations.test_faults import add, changes_of

FIELDS = {"lead_grade": "text", "lead_score": "number", "lead_grade_reason": "text"}


def change(number: int, kind: str = "contact", **values: Value) -> Change:
    """A change of one contact."""
    made: dict[str, Value] = {
        "lead_grade": f"A{1 + number % 4}",
        "lead_score": float(number),
        "lead_grade_reason": "démo",
    }
    return Change(f"person-{number}", kind, str(1000 + number), made | values)


def fill(account: HubSpotServer, count: int) -> list[Change]:
    for number in range(count):
        account.add(str(1000 + number))
    return [change(number) for number in range(count)]


@pytest.mark.parametrize("count", [1, 100, 101, 350])
def test_every_row_arrives_in_batches_of_a_hundred(
    account: HubSpotServer, hubspot: HubSpotDestination, count: int
) -> None:
    changes = fill(account, count)
    assert kinds(outcomes(hubspot, changes)) == {("accepted", "")}
    assert len(account.requests) == -(-count // 100)
    assert {record["lead_grade_reason"] for record in account.records.values()} == {"démo"}
    assert [account.records[row.record_id]["lead_score"] for row in changes] == [f"{n}" for n in range(count)]


def test_values_are_cleared(account: HubSpotServer, hubspot: HubSpotDestination) -> None:
    changes = fill(account, 1)
    outcomes(hubspot, changes)
    cleared = change(0, lead_grade=None, lead_score=None)
    assert kinds(outcomes(hubspot, [cleared])) == {("accepted", "")}
    assert hubspot.read([cleared]) == {
        cleared.key: {"lead_grade": None, "lead_score": None, "lead_grade_reason": "démo"}
    }


@pytest.mark.parametrize("names_errors", [True, False])
def test_an_answer_of_207_is_read_row_by_row_also_when_it_leaves_rows_out(
    account: HubSpotServer, hubspot: HubSpotDestination, names_errors: bool
) -> None:
    changes = fill(account, 20)
    del account.records["1004"]
    account.names_errors = names_errors
    found = by_record(outcomes(hubspot, changes))
    expected = ("rejected", "OBJECT_NOT_FOUND") if names_errors else ("retry", "no_answer")
    assert (found["1004"].outcome, found["1004"].code) == expected
    assert kinds(outcome for record, outcome in found.items() if record != "1004") == {("accepted", "")}
    assert len(account.writes) == 19


@pytest.mark.parametrize("bad", [[0], [57], [99], [3, 4, 90]])
def test_a_refused_batch_is_split_until_the_bad_rows_stand_alone(
    account: HubSpotServer, hubspot: HubSpotDestination, bad: list[int]
) -> None:
    changes = fill(account, 100)
    for number in bad:
        changes[number] = change(number, lead_grade_reason="refuse me")
    found = by_record(outcomes(hubspot, changes))
    refused = {record for record, outcome in found.items() if outcome.outcome == "rejected"}
    assert refused == {str(1000 + number) for number in bad}
    assert {found[record].code for record in refused} == {"INVALID_OPTION"}
    assert len(account.writes) == 100 - len(bad)
    # No more calls than halving takes: each bad row costs at most two a level.
    assert len(account.requests) <= 1 + 2 * 7 * len(bad)


def test_one_record_twice_in_a_batch_is_sent_in_two_calls(account: HubSpotServer, hubspot: HubSpotDestination) -> None:
    fill(account, 4)
    twice = [change(1, "contact"), change(1, "lead", lead_grade="B1"), change(2), change(3)]
    assert kinds(outcomes(hubspot, twice)) == {("accepted", "")}
    assert len(account.writes) == 4


def test_limits_are_obeyed_and_every_row_arrives(account: HubSpotServer, hubspot: HubSpotDestination) -> None:
    changes = fill(account, 900)
    account.calls_in_window = 3
    sent = send_all(hubspot, changes, tries_in_a_run=5)
    assert kinds(sent.outcomes) == {("accepted", "")}
    assert len(account.writes) == 900


def test_a_daily_limit_stops_the_run(account: HubSpotServer, hubspot: HubSpotDestination) -> None:
    changes = fill(account, 500)
    account.daily = account.used + 2
    sent = send_all(hubspot, changes, quota_percent=100.1)
    assert {(row.outcome, row.code) for row in sent.outcomes} == {("accepted", ""), ("retry", "DAILY")}
    assert (len(account.writes), sent.unsent) == (200, 200)
    assert (hubspot.pace.quota_used, hubspot.pace.quota_limit) == (account.daily, account.daily)


def test_missing_properties_are_made_and_values_checked(account: HubSpotServer, hubspot: HubSpotDestination) -> None:
    described = prepare(
        hubspot, policy("hubspot"), {"contact": FIELDS | {"lead_owner_team": "text", "lifecyclestage": "text"}}
    )
    assert "lead_owner_team" in account.properties
    bad = [change(1, lifecyclestage="nobody"), change(2, lifecyclestage="customer")]
    assert [(answer.change.record_id, answer.code) for answer in refusals(bad, described)] == [("1001", "not_a_choice")]
    with pytest.raises(DestinationError, match=r"contact\.hs_object_id cannot be written"):
        prepare(hubspot, policy("hubspot"), {"contact": {"hs_object_id": "number"}})


def test_a_wrong_token_stops_the_run_and_shows_no_secret(account: HubSpotServer) -> None:
    settings = {"LEADHOUSE_HUBSPOT_URL": account.url, "LEADHOUSE_HUBSPOT_TOKEN": "hunter2-token"}
    with pytest.raises(DestinationError, match="INVALID_AUTHENTICATION") as caught:
        outcomes(HubSpotDestination.from_environment(settings), fill(account, 2))
    assert "hunter2" not in f"{caught.value!r}{vars(caught.value)}"
    assert account.writes == []


def test_an_empty_answer_does_not_say_that_nothing_is_there(
    account: HubSpotServer, hubspot: HubSpotDestination
) -> None:
    """An answer that was cut off inside its headers read as "not there", and the contact was written twice."""
    changes = changes_of("hubspot", 3)
    add(account, changes)
    answer, told = account.answer, []

    def broken(method: str, path: str, body: str, headers: Mapping[str, str]) -> Reply:
        reply = answer(method, path, body, headers)
        told.append(path)
        return Reply(200) if len(told) in (1, 2) else reply

    account.answer = broken  # type: ignore[method-assign]
    assert kinds(outcomes(hubspot, changes, tries_in_a_run=2)) == {("accepted", "")}
    assert [path.split("/")[-1] for path in told] == ["update", "read", "read"]
    assert len(account.writes) == 3
