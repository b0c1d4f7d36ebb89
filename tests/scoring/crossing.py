"""A written history: one person for each thing that would change yesterday if a replay let it leak in from today."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.scoring.histories import LONG_AGO, YESTERDAY, Row, Rows, frames, numbered


def crossing() -> Rows:
    """Rows of all that happened shortly before and after yesterday's as-of time."""
    return frames(_records() | _facts() | _events() | _decisions())


def _at(seconds: int) -> datetime:
    return YESTERDAY + timedelta(seconds=seconds)


SOON = _at(60)


def _lead(number: int, start: datetime = LONG_AGO, end: datetime | None = None, **cells: Any) -> Row:
    same = {"lead_id": f"lead_{number}", "email": f"{number}@acme.example", "created_at": LONG_AGO}
    return same | {"valid_from": start, "valid_to": end, "updated_at": start} | cells


def _mail(person: int, seconds: int, path: str, **cells: Any) -> Row:
    same = {"recipient": f"{person}@acme.example", "message_id": "m", "event_type": "clicked"}
    return same | {"occurred_at": _at(seconds), "url": f"https://x.example/{path}"} | cells


def _visit(device: str, seconds: int, path: str, **cells: Any) -> Row:
    same = {"anonymous_id": device, "event_type": "page_view", "url": f"https://x.example/{path}"}
    return same | {"occurred_at": _at(seconds)} | cells


def _records() -> dict[str, list[Row]]:
    """A lead gets another title and address; so do a contact and the account of another."""
    versions = [(LONG_AGO, SOON, "student", "Small"), (SOON, None, "CEO", "Large")]
    contact = {"contact_id": "contact_8", "account_id": "account_8", "email": "8@acme.example", "created_at": LONG_AGO}
    account = {"account_id": "account_8", "created_at": LONG_AGO}
    return {
        "stg_crm__leads": [
            *(_lead(number) for number in (1, 2, 3, 4, 5, 7)),
            *(_lead(6, LONG_AGO, SOON, title="student"), _lead(6, SOON, title="CEO", email="7@acme.example")),
            _lead(8, email=None, converted_contact_id="contact_8"),
        ],
        "stg_crm__contacts": [
            contact | {"valid_from": start, "valid_to": end, "title": title} for start, end, title, _ in versions
        ],
        "stg_crm__accounts": [
            account | {"valid_from": start, "valid_to": end, "name": name} for start, end, _, name in versions
        ],
    }


def _facts() -> dict[str, list[Row]]:
    """A column of the CRM's own changes; a survey is answered."""
    need = {"lead_id": "lead_1", "attribute": "primary_need"}
    return {
        "stg_crm__lead_extra_columns": [
            need | {"value": "just looking", "valid_from": LONG_AGO, "valid_to": SOON},
            need | {"value": "lead scoring", "valid_from": SOON, "valid_to": None},
        ],
        "stg_crm__lead_attributes": [need | {"lead_id": "lead_2", "value": "lead scoring", "observed_at": SOON}],
    }


def _events() -> dict[str, list[Row]]:
    """Robots that can be told by what they did afterwards, a device that says afterwards whose it is, a plain reply."""
    return {
        "stg_email__events": numbered(
            [
                # two links before and two after make a burst of four
                *(_mail(1, seconds, f"product/{seconds}") for seconds in (-2, -1, 1, 2)),
                # a HEAD request taints the address
                _mail(2, -600, "product/a", ip="10.20.30.2"),
                _mail(5, 600, "pricing", ip="10.20.30.2", http_method="HEAD"),
                # so does a link that nobody can see
                _mail(5, 60, "hp/1", ip="10.20.30.3"),
            ]
        ),
        "stg_web__events": numbered(
            [
                _visit("device_3", -7200, "demo", event_type="identified", email="3@acme.example"),
                _visit("device_3", -60, "product/a", ip="10.20.30.3"),
                _visit("device_4", -60, "pricing"),
                _visit("device_4", 60, "demo", event_type="identified", email="4@acme.example"),
            ]
        ),
        "stg_messaging__events": numbered(
            [{"occurred_at": SOON, "channel": "sms", "recipient": "5@acme.example", "event_type": "replied"}]
        ),
    }


def _decisions() -> dict[str, list[Row]]:
    """Two records are declared one person; a grade moves."""
    merge = {"record_type": "lead", "record_id": "lead_5", "same_as_record_type": "lead", "same_as_record_id": "lead_4"}
    change = {"lead_id": "lead_1", "scoring_model": "standard", "changed_at": SOON, "moved_by": "sent a form +35.0"}
    grades = {"from_grade": "D4", "to_grade": "D3", "combined_before": 1, "combined_after": 20}
    return {"manual_merges": [merge | {"merged_at": SOON}], "lead_grade_changes": [change | grades]}
