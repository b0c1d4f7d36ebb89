"""Salesforce: calls for few, jobs for many, and what it refuses. Against a local server, by the official client."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.reverse_sync.checks import prepare, refusals
from orchestration.reverse_sync.protocol import Change, DestinationError, Value
from orchestration.reverse_sync.salesforce import SalesforceDestination
from tests.destinations import salesforce_server
from tests.destinations.conftest import logged_in_at, salesforce_at
from tests.destinations.faulty_line import Fault, FaultyLine
from tests.destinations.salesforce_server import SalesforceServer
from tests.destinations.sending import by_record, journal, kinds, outcomes, policy, send_all

FIELDS = {"Lead_Grade__c": "text", "Lead_Score__c": "number", "Lead_Grade_Reason__c": "text"}


def lead(number: int) -> str:
    """A record id of Salesforce's form."""
    return f"00Q{number:012d}AAA"


def change(number: int, **values: Value) -> Change:
    """A change of one lead."""
    made: dict[str, Value] = {
        "Lead_Grade__c": f"{'ABCD'[number % 4]}{1 + number % 3}",
        "Lead_Score__c": float(number % 101),
        "Lead_Grade_Reason__c": f'Director who asked for a démo, "now";\nsaid lead {number}',
    }
    return Change(f"person-{number}", "lead", lead(number), made | values)


def fill(org: SalesforceServer, count: int) -> list[Change]:
    for number in range(count):
        org.add(lead(number))
    return [change(number) for number in range(count)]


def held(org: SalesforceServer, changes: list[Change]) -> list[dict[str, Value]]:
    return [{name: org.records[row.record_id].get(name) for name in row.values} for row in changes]


@pytest.mark.parametrize("count", [1, 200, 201, 2000, 2001, 2600])
def test_every_row_arrives_in_as_few_calls_as_the_limits_allow(
    org: SalesforceServer, salesforce: SalesforceDestination, count: int
) -> None:
    changes = fill(org, count)
    assert kinds(outcomes(salesforce, changes)) == {("accepted", "")}
    assert held(org, changes) == [dict(row.values) for row in changes]
    assert len(org.writes) == count
    calls = [method for method, path, _ in org.requests if path.endswith("composite/sobjects")]
    assert len(calls) == (-(-count // 200) if count <= 2000 else 0)
    assert len(org.jobs) == (0 if count <= 2000 else 1)


@pytest.mark.parametrize("count", [8, 2008])
def test_values_are_cleared_and_others_left_alone(
    org: SalesforceServer, salesforce: SalesforceDestination, count: int
) -> None:
    changes = fill(org, count)
    outcomes(salesforce, changes)
    cleared = Change("person-3", "lead", lead(3), {"Lead_Grade__c": None, "Lead_Score__c": None})
    others = [change(number, Lead_Score__c=1.5) for number in range(count) if number != 3]
    assert kinds(outcomes(salesforce, [cleared, *others])) == {("accepted", "")}
    assert org.records[lead(3)]["Lead_Grade__c"] is None
    assert org.records[lead(3)]["Lead_Score__c"] is None
    assert org.records[lead(3)]["Lead_Grade_Reason__c"] == changes[3].values["Lead_Grade_Reason__c"]


@pytest.mark.parametrize("count", [12, 2012])
def test_refused_rows_stand_alone_with_salesforces_own_codes(
    org: SalesforceServer, salesforce: SalesforceDestination, count: int
) -> None:
    changes = fill(org, count)
    org.records[lead(2)]["IsConverted"] = True
    del org.records[lead(5)]
    org.refuses = {
        lead(7): ["FIELD_CUSTOM_VALIDATION_EXCEPTION"],
        lead(8): ["UNABLE_TO_LOCK_ROW"],
        lead(9): ["A_CODE_OF_NEXT_YEAR"],
    }
    odd = [Change("p", "lead", "7", {"Lead_Grade__c": "A1"}), Change("p", "opportunity", lead(1), {})]
    found = by_record(outcomes(salesforce, [*changes, odd[0]]))
    assert (found[lead(2)].outcome, found[lead(2)].code) == ("rejected", "CANNOT_UPDATE_CONVERTED_LEAD")
    assert (found[lead(5)].outcome, found[lead(5)].code) == ("rejected", "ENTITY_IS_DELETED")
    assert (found[lead(7)].outcome, found[lead(7)].code) == ("rejected", "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert (found[lead(8)].outcome, found[lead(8)].code) == ("retry", "UNABLE_TO_LOCK_ROW")
    assert (found[lead(9)].outcome, found[lead(9)].code) == ("retry", "A_CODE_OF_NEXT_YEAR")
    assert (found["7"].outcome, found["7"].code) == ("rejected", "not_a_record_id")
    fine = [row for number, row in enumerate(changes) if number not in (2, 5, 7, 8, 9)]
    assert kinds(found[row.record_id] for row in fine) == {("accepted", "")}
    assert len(org.writes) == len(fine)
    assert kinds(outcomes(salesforce, [odd[1]])) == {("rejected", "unknown_object")}


def test_a_lock_passes_in_the_same_run(org: SalesforceServer, salesforce: SalesforceDestination) -> None:
    changes = fill(org, 5)
    org.refuses = {lead(1): ["UNABLE_TO_LOCK_ROW"] * 2}
    assert kinds(outcomes(salesforce, changes, tries_in_a_run=3)) == {("accepted", "")}
    assert len(org.writes) == 5


def test_rows_that_a_job_did_not_come_to_have_not_failed(
    org: SalesforceServer, salesforce: SalesforceDestination
) -> None:
    changes = fill(org, 2100)
    org.processes = 1500
    found = outcomes(salesforce, changes)
    assert {(row.outcome, row.code) for row in found} == {("accepted", ""), ("retry", "unprocessed")}
    assert sum(row.outcome == "retry" for row in found) == 600
    org.processes = None
    assert kinds(outcomes(salesforce, changes)) == {("accepted", "")}


def test_a_quota_that_is_used_up_stops_the_run_until_midnight(
    org: SalesforceServer, salesforce: SalesforceDestination
) -> None:
    changes = fill(org, 1000)
    org.quota = org.used + 2
    sent = send_all(salesforce, changes, quota_percent=100.1)
    assert {(row.outcome, row.code) for row in sent.outcomes} == {("accepted", ""), ("retry", "REQUEST_LIMIT_EXCEEDED")}
    assert (len(org.writes), sent.unsent) == (400, 400)
    assert "quota" in sent.stopped
    due = {row.next_try_at for row in sent.outcomes if row.outcome == "retry"}
    assert len(due) == 1
    (midnight,) = due
    assert midnight is not None
    assert (midnight.hour, midnight.minute) == (0, 0)


def test_a_share_of_the_quota_is_left_to_others(org: SalesforceServer, salesforce: SalesforceDestination) -> None:
    changes = fill(org, 1000)
    org.used, org.quota = 77, 100
    sent = send_all(salesforce, changes)  # the seed says 80 %
    assert (len(org.writes), sent.unsent) == (600, 400)
    assert "80 of 100 calls" in sent.stopped


def test_fields_are_checked_against_what_salesforce_says_of_them(
    org: SalesforceServer, salesforce: SalesforceDestination
) -> None:
    described = prepare(salesforce, policy("salesforce"), {"lead": FIELDS})
    bad = [
        change(1, Lead_Grade__c="E9"),
        change(2, Lead_Grade_Reason__c="x" * 1001),
        change(3, Lead_Score__c=1000.5),
        change(4),
    ]
    assert [(answer.change.record_id, answer.code) for answer in refusals(bad, described)] == [
        (lead(1), "not_a_choice"),
        (lead(2), "too_long"),
        (lead(3), "too_large_number"),
    ]
    with pytest.raises(DestinationError) as caught:
        prepare(salesforce, policy("salesforce"), {"lead": {"IsConverted": "text", "Nope__c": "text"}})
    assert "lead.IsConverted is of type boolean" in str(caught.value)
    assert "Lead has no field Nope__c" in str(caught.value)
    assert "seeds/sync/field_mappings.csv" in str(caught.value)


def test_a_session_that_has_ended_stops_the_run_and_shows_no_secret(org: SalesforceServer) -> None:
    changes = fill(org, 3)
    settings = {"LEADHOUSE_SALESFORCE_URL": org.url, "LEADHOUSE_SALESFORCE_TOKEN": "hunter2-session"}
    with pytest.raises(DestinationError, match="INVALID_SESSION_ID") as caught:
        outcomes(SalesforceDestination.from_environment(settings), changes)
    assert "hunter2" not in f"{caught.value!r}{vars(caught.value)}"


def test_a_job_that_outlives_a_killed_sync_is_found_again_and_not_sent_twice(
    org: SalesforceServer, tmp_path: Path
) -> None:
    """A job of a killed sync ran an hour later and put yesterday's grades over today's."""
    changes = fill(org, 2100)
    log = journal(tmp_path)
    dying = salesforce_at(org.url)

    class PowerCut(BaseException):
        pass

    def cut(*_: object) -> list[object]:
        raise PowerCut

    dying._result = cut  # type: ignore[method-assign, assignment]
    with pytest.raises(PowerCut):
        send_all(dying, changes, log)
    assert (len(org.writes), len(org.jobs)) == (0, 1)
    newer = [change(number, Lead_Score__c=99.0) for number in range(2100)]
    assert kinds(send_all(salesforce_at(org.url), newer, log).outcomes) == {("accepted", "")}
    assert [job.state for job in org.jobs.values()] == ["JobComplete", "JobComplete"]
    assert {org.records[row.record_id]["Lead_Score__c"] for row in newer} == {99.0}


def test_a_job_that_was_not_begun_when_the_sync_was_killed_never_begins(org: SalesforceServer, tmp_path: Path) -> None:
    changes = fill(org, 2100)
    log = journal(tmp_path)
    dying = salesforce_at(org.url)

    class PowerCut(BaseException):
        pass

    note = log.note

    def note_and_die(*arguments: object) -> object:
        note(*arguments)  # type: ignore[arg-type]
        raise PowerCut

    log.note = note_and_die  # type: ignore[method-assign, assignment]
    with pytest.raises(PowerCut):
        send_all(dying, changes, log)
    log.note = note  # type: ignore[method-assign]
    send_all(salesforce_at(org.url), changes, log)
    assert [job.state for job in org.jobs.values()] == ["Aborted", "JobComplete"]
    assert len(org.writes) == 2100


@pytest.mark.parametrize("count", [600, 2100], ids=["calls", "a job"])
@pytest.mark.parametrize("lasts", [10**6, 2, 1])
def test_a_connected_app_logs_in_and_again_when_its_session_runs_out(
    org: SalesforceServer, lasts: int, count: int
) -> None:
    """A session ran out in the middle of the night's jobs, and half of the grades stayed as they were."""
    org.lasts = lasts
    changes = fill(org, count)
    destination = logged_in_at(org.url)
    assert kinds(outcomes(destination, changes)) == {("accepted", "")}
    assert held(org, changes) == [dict(row.values) for row in changes]
    assert len(org.writes) == count
    calls = sum("/services/data/" in path for _, path, _ in org.requests)
    refused = org.logins - 1
    assert org.logins == -(-(calls - refused) // lasts)
    destination.close()


def test_a_session_that_is_refused_anew_is_not_logged_into_for_ever(org: SalesforceServer) -> None:
    org.lasts = 0
    changes = fill(org, 3)
    with pytest.raises(DestinationError, match="INVALID_SESSION_ID"):
        outcomes(logged_in_at(org.url), changes)
    assert org.logins == 2


def test_a_secret_that_is_withdrawn_in_the_middle_ends_the_run_and_is_not_shown(
    org: SalesforceServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org.lasts = 2
    changes, log = fill(org, 600), journal(tmp_path)
    destination = logged_in_at(org.url)
    monkeypatch.setattr(salesforce_server, "CLIENT", ("3MVG9-a-connected-app", "another"))
    with pytest.raises(DestinationError, match=r"refused the log-in \(invalid_client\)") as caught:
        send_all(destination, changes, log)
    assert len(org.writes) == 400
    assert salesforce_server.CLIENT[1] not in f"{caught.value!r}{vars(caught.value)}"
    send_all(salesforce_at(org.url), changes[400:], log)
    assert len(org.writes) == 600
    with pytest.raises(DestinationError, match="invalid_client") as caught:
        logged_in_at(org.url, ("3MVG9-a-connected-app", "a-marked-wrong-secret"))
    assert "marked" not in f"{caught.value!r}{vars(caught.value)}"


@pytest.mark.parametrize("fault", ["cut_answer", "lose_answer", 503])
def test_a_log_in_that_fails_on_the_way_is_no_refusal(org: SalesforceServer, fault: Fault) -> None:
    org.lasts = 1
    changes = fill(org, 3)
    # the log-in, a call, the end of its session, the second log-in
    with FaultyLine(org.url, [None, None, None, fault]) as line:
        destination = logged_in_at(line.url)
        destination._client.base_url = destination._client.base_url.replace(
            org.url.split("/")[2], line.url.split("/")[2]
        )
        destination.describe("lead")
        assert kinds(outcomes(destination, changes, tries_in_a_run=3)) == {("accepted", "")}
    assert len(org.writes) == 3
    with FaultyLine(org.url, [fault]) as line, pytest.raises(DestinationError, match="cannot be reached"):
        logged_in_at(line.url)
