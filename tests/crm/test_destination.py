"""The Odoo destination of the sync against a real Odoo."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from orchestration.crm.server import Crm
from orchestration.odoo import ARCHIVED_TOO, Odoo, OdooError
from orchestration.reverse_sync.checks import prepare
from orchestration.reverse_sync.odoo import OdooDestination
from orchestration.reverse_sync.protocol import Change, DestinationError
from tests.crm.faulty_proxy import FaultyProxy
from tests.crm.leads import FIELDS, create_leads, grade, write_dates
from tests.destinations.sending import by_record, kinds, outcomes, policy, prepared


@pytest.fixture
def destination(odoo: Odoo) -> OdooDestination:
    made = OdooDestination(odoo)
    prepared(made, FIELDS)
    return made


def test_every_row_arrives_and_a_second_send_writes_nothing(odoo: Odoo, destination: OdooDestination) -> None:
    ids = create_leads(odoo, 300)
    batch = [grade(record, float(number % 101)) for number, record in enumerate(ids)]
    assert kinds(outcomes(destination, batch)) == {("accepted", "")}
    held = odoo.read("crm.lead", ids, sorted(FIELDS))
    assert [{**held[record], "id": None} for record in ids] == [{**change.values, "id": None} for change in batch]
    assert destination.read(batch) == {("lead", change.record_id): dict(change.values) for change in batch}
    before = write_dates(odoo, ids)
    time.sleep(1.1)  # Odoo prints the time of a change in whole seconds
    assert kinds(outcomes(destination, batch)) == {("unchanged", "unchanged")}
    assert write_dates(odoo, ids) == before


def test_an_archived_lead_is_written_to(odoo: Odoo, destination: OdooDestination) -> None:
    (record,) = create_leads(odoo, 1, "archived")
    odoo.call("crm.lead", "write", [record], {"active": False})
    assert kinds(outcomes(destination, [grade(record)])) == {("accepted", "")}


def test_a_contact_is_written_to(odoo: Odoo, destination: OdooDestination) -> None:
    record = odoo.call("res.partner", "create", {"name": "Ada Example"})
    change = Change("person", "contact", str(record), {"x_lead_grade": "B2", "x_lead_score": 61.5})
    assert kinds(outcomes(destination, [change])) == {("accepted", "")}
    assert odoo.read("res.partner", [record], ["x_lead_score"])[record]["x_lead_score"] == 61.5


def test_values_can_be_cleared(odoo: Odoo, destination: OdooDestination) -> None:
    (record,) = create_leads(odoo, 1, "cleared")
    outcomes(destination, [grade(record)])
    change = Change("person", "lead", str(record), {"x_lead_grade": None, "x_lead_score": None})
    assert kinds(outcomes(destination, [change])) == {("accepted", "")}
    held = odoo.read("crm.lead", [record], ["x_lead_grade", "x_lead_score"])[record]
    assert (held["x_lead_grade"], held["x_lead_score"]) == (False, 0.0)


def test_a_deleted_lead_is_rejected_and_the_others_arrive(odoo: Odoo, destination: OdooDestination) -> None:
    ids = create_leads(odoo, 9, "deleted")
    odoo.call("crm.lead", "unlink", [ids[4]])
    found = by_record(outcomes(destination, [grade(record) for record in ids]))
    assert (found[str(ids[4])].outcome, found[str(ids[4])].code) == ("rejected", "record_missing")
    assert kinds(found[str(record)] for record in ids if record != ids[4]) == {("accepted", "")}


@pytest.mark.parametrize("step", [0, 1], ids=["equal values", "own values"])
def test_a_lead_deleted_while_we_send_is_rejected_alone(
    odoo: Odoo, destination: OdooDestination, proxied: Odoo, proxy: FaultyProxy, step: int
) -> None:
    ids = create_leads(odoo, 9, f"vanishing {step}")

    def delete_before_write(method: str, number: int) -> None:
        if method in ("write", "load") and number == 1:
            odoo.call("crm.lead", "unlink", [ids[4]])

    proxy.fault = delete_before_write
    batch = [grade(record, 10.0 + number * step) for number, record in enumerate(ids)]
    found = by_record(outcomes(OdooDestination(proxied), batch))
    assert (found[str(ids[4])].outcome, found[str(ids[4])].code) == ("rejected", "record_missing")
    assert kinds(found[str(record)] for record in ids if record != ids[4]) == {("accepted", "")}


def test_a_value_that_odoo_refuses_is_rejected_and_the_others_arrive(odoo: Odoo, destination: OdooDestination) -> None:
    ids = create_leads(odoo, 5, "refused")
    batch = [grade(record) for record in ids[1:]] + [grade(ids[0], x_lead_grade_reason="nul \x00 byte")]
    found = by_record(outcomes(destination, batch))
    assert found[str(ids[0])].outcome == "rejected"
    assert "NUL" in found[str(ids[0])].message
    assert kinds(found[str(record)] for record in ids[1:]) == {("accepted", "")}


@pytest.fixture
def salesman(crm: Crm, odoo: Odoo) -> Iterator[Odoo]:
    """A user who may write to all leads but those of one name."""
    _, group = odoo.call("ir.model.data", "get_object_reference", "sales_team", "group_sale_salesman_all_leads")
    (model,) = odoo.call("ir.model", "search", [["model", "=", "crm.lead"]])
    account = {"name": "Sam", "login": "sam", "password": "sams-own-secret", "groups_id": [[4, group]]}
    user = odoo.call("res.users", "create", account, context={"no_reset_password": True})
    rule = odoo.call("ir.rule", "create", {
        "name": "hands off", "model_id": model, "domain_force": "[('name', 'not like', 'locked 4')]",
        "perm_read": False, "perm_write": True, "perm_create": False, "perm_unlink": False,
    })  # fmt: skip
    login = {"LEADHOUSE_ODOO_USER": "sam", "LEADHOUSE_ODOO_PASSWORD": "sams-own-secret"}
    yield Odoo.from_environment({**crm.settings, **login})
    odoo.call("ir.rule", "unlink", [rule])
    odoo.call("res.users", "unlink", [user])


@pytest.mark.parametrize("step", [0, 1], ids=["equal values", "own values"])
def test_a_record_that_may_not_be_written_to_is_rejected_alone(
    odoo: Odoo, destination: OdooDestination, salesman: Odoo, step: int
) -> None:
    ids = create_leads(odoo, 20, "locked")  # "locked 4" is the only one with this in its name
    batch = [grade(record, 10.0 + number * step) for number, record in enumerate(ids)]
    found = by_record(outcomes(OdooDestination(salesman), batch))
    assert (found[str(ids[4])].outcome, found[str(ids[4])].code) == ("rejected", "odoo.exceptions.AccessError")
    assert kinds(found[str(record)] for record in ids if record != ids[4]) == {("accepted", "")}


def test_a_user_who_may_not_create_fields_is_told_so(odoo: Odoo, salesman: Odoo) -> None:
    with pytest.raises(DestinationError, match="AccessError"):
        prepared(OdooDestination(salesman), {"x_never_made": "text"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (Change("person", "lead", "00Q000000000223", {"x_lead_grade": "A1"}), "not_a_record_id"),
        (Change("person", "lead", "2147483648", {"x_lead_grade": "A1"}), "not_a_record_id"),
        (Change("person", "lead", "0", {"x_lead_grade": "A1"}), "not_a_record_id"),
        (Change("person", "lead", "7\n", {"x_lead_grade": "A1"}), "not_a_record_id"),
        (Change("person", "lead", "-1", {"x_lead_grade": "A1"}), "not_a_record_id"),
        (Change("person", "lead", "٣", {"x_lead_grade": "A1"}), "not_a_record_id"),
        (Change("person", "account", "1", {"x_lead_grade": "A1"}), "unknown_object"),
        (Change("person", "lead", "2147483647", {"x_lead_grade": "A1"}), "record_missing"),
    ],
)
def test_what_cannot_be_a_record_is_rejected(destination: OdooDestination, change: Change, code: str) -> None:
    assert kinds(outcomes(destination, [change])) == {("rejected", code)}
    assert destination.read([change]) == {}


def test_an_answer_of_yes_is_not_believed(odoo: Odoo, destination: OdooDestination) -> None:
    # Odoo answers true to a write of a field that it does not have
    (record,) = create_leads(odoo, 1, "ignored")
    change = Change("person", "lead", str(record), {"x_not_there": "A1"})
    (outcome,) = outcomes(destination, [change])
    assert outcome.outcome == "rejected"


def test_a_field_of_the_wrong_type_is_named_with_the_cure(odoo: Odoo) -> None:
    odoo.create_field("crm.lead", "x_wrong", "integer")
    with pytest.raises(DestinationError, match=r"lead\.x_wrong is of type integer, which does not hold a number"):
        prepared(OdooDestination(odoo), {"x_wrong": "number"}, ["lead"])


def test_a_field_that_cannot_be_custom_is_named_with_the_cure(odoo: Odoo) -> None:
    with pytest.raises(DestinationError, match=r"(?s)no field lead_grade.*field_mappings\.csv"):
        prepared(OdooDestination(odoo), {"lead_grade": "text"})


def test_a_lost_answer_is_settled_by_reading_back(
    odoo: Odoo, destination: OdooDestination, proxied: Odoo, proxy: FaultyProxy
) -> None:
    ids = create_leads(odoo, 20, "lost answer")
    proxy.fault = lambda method, number: "lose_answer" if method == "write" and number == 1 else None
    batch = [grade(record, 10.0 if number < 10 else 90.0) for number, record in enumerate(ids)]
    found = by_record(outcomes(OdooDestination(proxied), batch))
    first = set(map(str, ids[:10])), set(map(str, ids[10:]))
    accepted = {record for record, outcome in found.items() if outcome.outcome == "accepted"}
    assert accepted in first  # the group whose answer was lost had arrived; the other was not sent any more
    assert {outcome.outcome for record, outcome in found.items() if record not in accepted} == {"retry"}
    assert kinds(outcomes(destination, batch)) == {("accepted", ""), ("unchanged", "unchanged")}


def test_a_lost_answer_to_an_import_is_settled_by_reading_back(
    odoo: Odoo, destination: OdooDestination, proxied: Odoo, proxy: FaultyProxy
) -> None:
    ids = create_leads(odoo, 8, "lost import")
    proxy.fault = lambda method, number: "lose_answer" if method == "load" else None
    batch = [grade(record, float(number)) for number, record in enumerate(ids)]
    assert kinds(outcomes(OdooDestination(proxied), batch)) == {("accepted", "")}
    assert proxy.calls.count("load") == 1


def test_an_import_makes_no_records_and_no_external_ids(odoo: Odoo, destination: OdooDestination) -> None:
    ids = create_leads(odoo, 30, "no new")
    count: list[tuple[str, list[Any], dict[str, Any]]] = [
        ("crm.lead", [], {"context": ARCHIVED_TOO}),
        ("ir.model.data", [], {}),
    ]
    before = [odoo.call(model, "search_count", domain, **named) for model, domain, named in count]
    batch = [grade(record, float(number), x_lead_grade=None) for number, record in enumerate(ids)]
    assert kinds(outcomes(destination, batch)) == {("accepted", "")}
    assert [odoo.call(model, "search_count", domain, **named) for model, domain, named in count] == before


@pytest.mark.parametrize("fault", ["lose_request", 429, 502, 503])
def test_what_did_not_get_through_is_to_be_tried_again(
    odoo: Odoo, destination: OdooDestination, proxied: Odoo, proxy: FaultyProxy, fault: str | int
) -> None:
    ids = create_leads(odoo, 3, f"not through {fault}")
    sender = OdooDestination(proxied)
    prepared(sender, FIELDS)
    proxy.fault = lambda method, number: fault if method in ("write", "load") else None
    code = "connection" if fault == "lose_request" else f"http_{fault}"
    assert kinds(outcomes(sender, [grade(record) for record in ids])) == {("retry", code)}
    proxy.fault = lambda method, number: None
    assert kinds(outcomes(sender, [grade(record) for record in ids])) == {("accepted", "")}


def test_a_server_that_was_down_for_a_while(crm: Crm, odoo: Odoo, destination: OdooDestination) -> None:
    ids = create_leads(odoo, 4, "down")
    batch = [grade(record) for record in ids]
    crm.stop()
    with pytest.raises(DestinationError, match="cannot be reached"):
        outcomes(destination, batch)
    crm.up()
    assert kinds(outcomes(OdooDestination(crm.client()), batch)) == {("accepted", "")}


def test_a_wrong_password_is_said_and_not_shown(crm: Crm) -> None:
    wrong = Odoo.from_environment({**crm.settings, "LEADHOUSE_ODOO_PASSWORD": "hunter2-not-it"})
    with pytest.raises(DestinationError, match="check LEADHOUSE_ODOO_USER") as caught:
        prepared(OdooDestination(wrong), FIELDS)
    assert "hunter2-not-it" not in f"{caught.value!r}{wrong!r}{vars(caught.value)}"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LEADHOUSE_ODOO_URL": ""}, "set LEADHOUSE_ODOO_URL in the environment"),
        ({"LEADHOUSE_ODOO_URL": "http://crm.example.com"}, "must be https://"),
        ({"LEADHOUSE_ODOO_URL": "https://me:secret@crm.example.com"}, "must not hold a user or a password"),
        ({"LEADHOUSE_ODOO_URL": "file:///etc/passwd"}, "must be https://"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(settings: dict[str, str], words: str) -> None:
    given = {
        "LEADHOUSE_ODOO_URL": "https://crm.example.com",
        "LEADHOUSE_ODOO_DATABASE": "d",
        "LEADHOUSE_ODOO_USER": "u",
        "LEADHOUSE_ODOO_PASSWORD": "secret",
    }
    with pytest.raises(OdooError, match=words) as caught:
        Odoo.from_environment(given | settings)
    assert "secret" not in str(caught.value)


def test_records_are_found_by_a_match_key_and_made_only_when_they_may_be(odoo: Odoo) -> None:
    """A second run of an upsert that looked for ids made every lead anew."""
    ids = create_leads(odoo, 4, "to be found")
    known, twin = "found@example.com", "twin@example.com"
    odoo.call("crm.lead", "write", ids[:1], {"email_from": known})
    odoo.call("crm.lead", "write", ids[1:3], {"email_from": twin})
    odoo.call("crm.lead", "write", ids[:1], {"active": False})
    destination = OdooDestination(odoo)
    fields = {"lead": FIELDS | {"name": "text"}}
    prepare(destination, policy("odoo"), fields, [("lead", "email_from")])

    def change(address: str, may_create: bool = True) -> Change:
        values = {**grade(1).values, "name": f"Lead of {address}"}
        return Change(address, "lead", address, values, match_key="email_from", may_create=may_create)

    made = [f"made.{number}.{ids[0]}@example.com" for number in range(3)]
    nameless = Change(
        "p", "lead", "nameless@example.com", {"x_lead_grade": "A1"}, match_key="email_from", may_create=True
    )
    changes = [
        change(known),
        change(twin),
        *map(change, made),
        nameless,
        change("nobody@example.com", may_create=False),
    ]
    answers = {answer.change.record_id: answer.code for answer in destination.send(changes, print)}
    expected = dict.fromkeys((known, *made), "") | {twin: "not_unique", "nobody@example.com": "no_match"}
    refused = answers.pop("nameless@example.com")
    assert refused and refused not in ("no_match", "not_unique")
    assert answers == expected
    again = {answer.change.record_id: answer.code for answer in destination.send(changes[2:5], print)}
    assert again == dict.fromkeys(made, "unchanged")
    found = odoo.call("crm.lead", "search_read", [["email_from", "in", made]], ["type", "x_lead_grade", "name"])
    assert sorted(row["name"] for row in found) == sorted(f"Lead of {address}" for address in made)
    assert {(row["type"], row["x_lead_grade"]) for row in found} == {("lead", grade(1).values["x_lead_grade"])}
    held = destination.read(changes)
    assert set(held) == {("lead", address) for address in (known, *made)}
    with pytest.raises(DestinationError, match="x_not_there is the match key, and there is no such field"):
        prepare(destination, policy("odoo"), fields, [("lead", "x_not_there")])


def test_a_day_goes_into_a_field_of_days(odoo: Odoo) -> None:
    """The date of a stage was to go into a date of Odoo: no run got past its own checks."""
    odoo.create_field("crm.lead", "x_since", "date")
    (record,) = create_leads(odoo, 1, "since")
    destination = OdooDestination(odoo)
    prepare(destination, policy("odoo"), {"lead": {"x_since": "text"}})
    for day in ("2026-09-30", None):
        change = Change("person", "lead", str(record), {"x_since": day})
        assert kinds(outcomes(destination, [change])) == {("accepted", "")}
        assert odoo.read("crm.lead", [record], ["x_since"])[record]["x_since"] == (day or False)
        assert destination.read([change]) == {change.key: {"x_since": day}}
