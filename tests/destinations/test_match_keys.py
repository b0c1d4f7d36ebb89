"""Records that are found by a match key: made when the seed says so, else never, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from orchestration.reverse_sync import salesforce as salesforce_module
from orchestration.reverse_sync.checks import prepare
from orchestration.reverse_sync.protocol import Change, Destination, DestinationError
from tests.destinations.conftest import hubspot_at, salesforce_at
from tests.destinations.faulty_line import FaultyLine
from tests.destinations.hubspot_server import HubSpotServer
from tests.destinations.salesforce_server import SalesforceServer
from tests.destinations.sending import by_record, journal, outcomes, policy, send_all

CRMS = ("salesforce", "hubspot")
FIELDS = {"salesforce": ("Lead_Grade__c", "Leadhouse_Id__c"), "hubspot": ("lead_grade", "leadhouse_id")}
Crm = SalesforceServer | HubSpotServer


@pytest.fixture(params=CRMS)
def crm(request: pytest.FixtureRequest) -> Iterator[Crm]:
    with SalesforceServer() if request.param == "salesforce" else HubSpotServer() as server:
        yield server


def _name(crm: Crm) -> str:
    return "salesforce" if isinstance(crm, SalesforceServer) else "hubspot"


def _at(crm: Crm, url: str = "") -> Destination:
    return salesforce_at(url or crm.url) if isinstance(crm, SalesforceServer) else hubspot_at(url or crm.url)


def _change(crm: Crm, person: str, grade: str | None = "A1", may_create: bool = True) -> Change:
    field, key = FIELDS[_name(crm)]
    needed = {"LastName": "Doe"} if isinstance(crm, SalesforceServer) else {}
    return Change(person, "lead", person, {field: grade, **needed}, match_key=key, may_create=may_create)


def _grades(crm: Crm) -> dict[str, object]:
    field, key = FIELDS[_name(crm)]
    return {str(record[key]): record.get(field) for record in crm.records.values()}


def _add(crm: Crm, number: int, person: str) -> None:
    name = f"00Q{number:012d}AAA" if isinstance(crm, SalesforceServer) else str(number)
    crm.add(name, **{FIELDS[_name(crm)][1]: person})


def test_an_upsert_writes_to_whom_it_finds_and_makes_the_others_once(crm: Crm) -> None:
    _add(crm, 1, "here")
    changes = [_change(crm, "here", "A1"), _change(crm, "NEW o'Neil \\ co", "B2")]
    for _ in range(2):
        found = by_record(outcomes(_at(crm), changes))
        assert {outcome.outcome for outcome in found.values()} == {"accepted"}, found
    made = "NEW o'Neil \\ co"
    assert {name.lower(): grade for name, grade in _grades(crm).items()} == {"here": "A1", made.lower(): "B2"}
    assert len(crm.records) == 2


def test_never_create_tells_who_is_not_there(crm: Crm) -> None:
    _add(crm, 1, "here's one")
    changes = [_change(crm, name, may_create=False) for name in ("here's one", "nobody")]
    found = by_record(outcomes(_at(crm), changes))
    assert (found["here's one"].outcome, found["nobody"].outcome) == ("accepted", "rejected")
    assert found["nobody"].code == ("no_match" if isinstance(crm, SalesforceServer) else "OBJECT_NOT_FOUND")
    assert len(crm.records) == 1


def test_a_lost_answer_makes_nobody_twice(crm: Crm) -> None:
    """A contact was made, the answer was lost, and the next run made the contact again."""
    changes = [_change(crm, f"p{number}") for number in range(5)]
    with FaultyLine(crm.url, ["lose_answer", "cut_answer", None, 500]) as line:
        sent = send_all(_at(crm, line.url), changes, tries_in_a_run=3)
    assert {outcome.outcome for outcome in sent.outcomes} == {"accepted"}
    assert _grades(crm) == {f"p{number}": "A1" for number in range(5)}


def test_what_a_killed_sync_left_open_is_found_by_its_match_key(crm: Crm, tmp_path: object) -> None:
    changes = [_change(crm, f"p{number}") for number in range(3)]

    class Killed(Exception):  # noqa: N818
        pass

    dying = _at(crm)
    send = dying.send

    def killed(*arguments: object) -> None:
        send(*arguments)  # type: ignore[arg-type]
        raise Killed

    dying.send = killed  # type: ignore[method-assign, assignment]
    log = journal(tmp_path)  # type: ignore[arg-type]
    with pytest.raises(Killed):
        send_all(dying, changes, log)
    assert len(crm.writes) == 3
    send_all(_at(crm), changes, log)
    assert len(crm.writes) == 3


def test_one_batch_holds_one_way(crm: Crm) -> None:
    """Who has opted out is cleared where he is found, beside those who may be made."""
    _add(crm, 1, "left")
    changes = [_change(crm, "left", None, may_create=False), _change(crm, "new")]
    changes.append(replace(_change(crm, "gone", None), may_create=False))
    found = by_record(outcomes(_at(crm), changes))
    assert [found[name].outcome for name in ("left", "new", "gone")] == ["accepted", "accepted", "rejected"]
    assert {name: grade or None for name, grade in _grades(crm).items()} == {"left": None, "new": "A1"}


def test_a_key_that_finds_nobody_ends_the_run_before_the_first_row(crm: Crm) -> None:
    field, key = FIELDS[_name(crm)]
    fields = {"lead": {field: "text"}}
    prepare(_at(crm), policy(_name(crm)), fields, [("lead", key)])
    for wrong, words in ((field, "can find no record"), ("not_there", "there is no such field")):
        with pytest.raises(DestinationError, match=rf"lead.{wrong} is the match key, and .*{words}"):
            prepare(_at(crm), policy(_name(crm)), fields, [("lead", wrong)])
    assert crm.writes == []


def test_two_records_with_one_value_get_nothing(org: SalesforceServer) -> None:
    for number in (1, 2):
        _add(org, number, "twin")
    found = by_record(outcomes(salesforce_at(org.url), [_change(org, "twin"), _change(org, "new")]))
    assert (found["twin"].outcome, found["twin"].code) == ("rejected", "DUPLICATE_EXTERNAL_ID")
    found = by_record(outcomes(salesforce_at(org.url), [_change(org, "twin", may_create=False)]))
    assert (found["twin"].outcome, found["twin"].code) == ("rejected", "not_unique")
    assert found["twin"].change.record_id == "twin"


def test_a_job_upserts_by_the_key(org: SalesforceServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salesforce_module, "ROWS_IN_A_CALL", 2)
    monkeypatch.setattr(salesforce_module, "ROWS_BY_CALLS", 2)
    _add(org, 1, "p0")
    changes = [_change(org, f"p{number}") for number in range(4)]
    nameless = replace(_change(org, "nameless"), values={"Lead_Grade__c": "A1"})
    found = by_record(outcomes(salesforce_at(org.url), [*changes, nameless]))
    assert found["nameless"].code == "REQUIRED_FIELD_MISSING"
    assert {outcome.outcome for name, outcome in found.items() if name != "nameless"} == {"accepted"}
    assert [job.key for job in org.jobs.values()] == ["Leadhouse_Id__c"]
    assert len(org.records) == 4
