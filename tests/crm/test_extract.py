"""Extraction from a real Odoo into landing."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from orchestration.crm.server import Crm
from orchestration.extract import odoo as extraction
from orchestration.extract.odoo import TableReport, extract, hand_over
from orchestration.home import Home
from orchestration.landing import register
from orchestration.odoo import Odoo, OdooError
from orchestration.reverse_sync.odoo import OdooDestination
from tests.crm.faulty_proxy import FaultyProxy
from tests.crm.leads import FIELDS, create_leads, grade
from tests.destinations.sending import outcomes, prepared


def landed(home: Home, table: str = "leads") -> list[dict[str, Any]]:
    files = sorted((home.landing / "crm" / table).glob("odoo_*"), key=lambda path: path.name.rsplit("_", 1)[-1])
    return [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]


def leads_of(reports: list[TableReport]) -> TableReport:
    return next(report for report in reports if report.table == "leads")


def test_only_what_changed_comes_again(home: Home, odoo: Odoo) -> None:
    ids = create_leads(odoo, 120, "incremental")
    assert leads_of(extract(home, odoo)).changed >= 120
    assert leads_of(extract(home, odoo)) == TableReport("leads", 0, 0, ())
    before = len(landed(home))
    odoo.call("crm.lead", "write", ids[:3], {"function": "Director"})
    (new,) = create_leads(odoo, 1, "newcomer")
    report = leads_of(extract(home, odoo))
    rows = landed(home)[before:]
    assert report.changed == len(rows) == 4
    assert {int(row["lead_id"]) for row in rows} == {*ids[:3], new}
    assert Counter(row["title"] for row in rows) == {"Director": 3, None: 1}


def test_grades_that_the_sync_wrote_come_back(home: Home, odoo: Odoo) -> None:
    ids = create_leads(odoo, 20, "graded")
    destination = OdooDestination(odoo)
    prepared(destination, FIELDS)
    extract(home, odoo)
    before = len(landed(home))
    changes = [grade(record, float(number)) for number, record in enumerate(ids)]
    outcomes(destination, changes)
    extract(home, odoo)
    rows = {row["lead_id"]: row for row in landed(home)[before:]}
    for change in changes:
        row = rows.pop(change.record_id)
        assert {f"x_{name}": row[name] for name in ("lead_grade", "lead_score", "lead_grade_reason")} == change.values
    assert not rows


def test_a_deleted_lead_is_told_once(home: Home, odoo: Odoo) -> None:
    keep, gone = create_leads(odoo, 2, "told once")
    extract(home, odoo)
    odoo.call("crm.lead", "unlink", [gone])
    assert leads_of(extract(home, odoo)).deleted == 1
    last = landed(home)[-1]
    assert (last["lead_id"], last["is_deleted"], last["email"]) == (str(gone), True, "told.once.1@example.com")
    assert leads_of(extract(home, odoo)) == TableReport("leads", 0, 0, ())
    assert {row["lead_id"] for row in landed(home) if row["is_deleted"]} == {str(gone)}
    assert str(keep) in {row["lead_id"] for row in landed(home)}


def test_fields_become_the_columns_of_the_raw_contract(home: Home, odoo: Odoo) -> None:
    existing = odoo.fields("crm.lead")
    for name, kind in {"x_primary_need": "char", "x_annual_revenue": "float", "x_employee_count": "integer"}.items():
        if name not in existing:
            odoo.create_field("crm.lead", name, kind)
    tags = [odoo.call("crm.lead.tag", "create", {"name": name}) for name in ("vip", "event 2026")]
    (country,) = odoo.call("res.country", "search", [["code", "=", "NL"]])
    source = odoo.call("utm.source", "create", {"name": "Webinar"})
    values = {
        "name": "A lead", "contact_name": "Zoë van der Berg", "email_from": " Zoe@Example.com", "mobile": "+31 20 123",
        "partner_name": "Büro & Söhne", "website": "example.com", "function": "VP \"Sales\"", "country_id": country,
        "source_id": source, "opt_out": True, "tag_ids": [[6, 0, tags]], "x_primary_need": "lead scoring",
        "x_annual_revenue": 25e6, "x_employee_count": 0,
    }  # fmt: skip
    record = odoo.call("crm.lead", "create", values)
    extract(home, odoo)
    (row,) = [row for row in landed(home) if row["lead_id"] == str(record)]
    expected = {
        "first_name": "Zoë van der", "last_name": "Berg", "email": "Zoe@Example.com", "phone": "+31 20 123",
        "company": "Büro & Söhne", "title": "VP \"Sales\"", "country": "Netherlands", "lead_source": "Webinar",
        "is_opted_out": True, "tags": "event 2026|vip", "primary_need": "lead scoring", "annual_revenue": 25e6,
        "employee_count": None, "is_deleted": False, "converted_at": None, "status": "New",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["created_at"] == odoo.read("crm.lead", [record], ["create_date"])[record]["create_date"]


def test_a_converted_lead_names_its_contact(home: Home, odoo: Odoo) -> None:
    (record,) = create_leads(odoo, 1, "converted")
    partner = odoo.call("res.partner", "create", {"name": "Con Verted", "email": "converted.0@example.com"})
    odoo.call("crm.lead", "convert_opportunity", [record], partner)
    extract(home, odoo)
    (row,) = [row for row in landed(home) if row["lead_id"] == str(record)]
    assert row["converted_contact_id"] == str(partner)
    assert row["converted_at"]
    assert str(partner) in {contact["contact_id"] for contact in landed(home, "contacts")}


def test_an_extraction_that_broke_off_goes_on_where_it_was(
    home: Home, odoo: Odoo, proxied: Odoo, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_leads(odoo, 60, "broken off")
    monkeypatch.setattr(extraction, "PAGE", 25)
    # the listing, the tags, then a page each: the server goes away before the second page of leads
    proxy.fault = lambda method, number: "lose_request" if method == "search_read" and number > 3 else None
    with pytest.raises(OdooError, match="cannot be reached"):
        extract(home, proxied)
    assert len(landed(home)) == 25
    proxy.fault = lambda method, number: None
    extract(home, proxied)
    everyone = odoo.call("crm.lead", "search", [], context={"active_test": False})
    assert Counter(row["lead_id"] for row in landed(home)) == dict.fromkeys(map(str, everyone), 1)


def test_a_change_during_the_extraction_is_not_lost(
    home: Home, odoo: Odoo, proxied: Odoo, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    # incident: a row that changed meanwhile carried the cursor past rows that a broken-off run had not read
    ids = create_leads(odoo, 60, "meanwhile")
    monkeypatch.setattr(extraction, "PAGE", 25)
    monkeypatch.setattr(extraction, "OVERLAP", timedelta(0))

    def change_and_break(method: str, number: int) -> str | None:
        if method == "search_read" and number == 3:
            first = odoo.call("crm.lead", "search", [], order="write_date, id", context={"active_test": False})[0]
            odoo.call("crm.lead", "write", [first], {"description": "meanwhile"})
        return "lose_request" if method == "search_read" and number > 3 else None

    proxy.fault = change_and_break
    with pytest.raises(OdooError):
        extract(home, proxied)
    proxy.fault = lambda method, number: None
    extract(home, proxied)
    assert set(map(str, ids)) <= {row["lead_id"] for row in landed(home)}


def test_another_database_is_refused(home: Home, crm: Crm, odoo: Odoo) -> None:
    create_leads(odoo, 1, "other")
    extract(home, odoo)
    identity = odoo.call("ir.config_parameter", "get_param", "database.uuid")
    odoo.call("ir.config_parameter", "set_param", "database.uuid", "00000000-of-another")
    with pytest.raises(OdooError, match="another Odoo database"):
        extract(home, odoo)
    odoo.call("ir.config_parameter", "set_param", "database.uuid", identity)
    assert leads_of(extract(home, odoo)).changed == 0


def test_landing_takes_what_was_extracted_when_it_is_handed_over(home: Home, odoo: Odoo) -> None:
    # incident: a raised hand waited 40 seconds for 86,000 records that another run was still reading
    create_leads(odoo, 5, "landing")
    reports = extract(home, odoo)
    assert register(home).load_id is None
    hand_over(home)
    register(home)
    assert leads_of(extract(home, odoo)).changed == 0
    files = sorted((home.raw / "crm").rglob("*.parquet"))
    import duckdb

    for report in reports:
        chosen = [str(path) for path in files if path.parts[-3] == report.table]
        (count,) = duckdb.execute(
            "select count(*) from read_parquet($1, union_by_name = true)", [chosen]
        ).fetchone() or (0,)
        assert count == report.changed > 0 or report.table == "contacts"
