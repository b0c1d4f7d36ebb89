"""Draws what a small company's systems handed over up to today, as staged rows: people that change, and what they did.

Much of it happens close to the as-of time of yesterday, on both sides, since that is where a replay can go wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import strategies as st

TODAY = datetime(2026, 3, 31, 12, 34, 56)
YESTERDAY = TODAY - timedelta(days=1)
LONG_AGO = TODAY - timedelta(days=60)

Row = dict[str, Any]
Rows = dict[str, pd.DataFrame]

# The column that says when a row came to be known, for each staged table that a history holds.
ARRIVED = {
    "stg_crm__leads": "valid_from",
    "stg_crm__contacts": "valid_from",
    "stg_crm__accounts": "valid_from",
    "stg_crm__lead_extra_columns": "valid_from",
    "stg_crm__lead_attributes": "observed_at",
    "stg_email__events": "occurred_at",
    "stg_web__events": "occurred_at",
    "stg_messaging__events": "occurred_at",
    "manual_merges": "merged_at",
    "lead_grade_changes": "changed_at",
}

_EMAILS = ("ann@acme.example", "bob@acme.example", "cy@gmail.com")
_LEADS = ("lead_1", "lead_2", "lead_3")
_IPS = ("10.20.30.1", "10.20.30.2")
_URLS = tuple(f"https://x.example/{path}" for path in ("product/a", "product/b", "pricing", "careers", "hp/1"))

_MOMENTS = st.one_of(
    st.integers(-10, 10).map(lambda seconds: YESTERDAY + timedelta(seconds=seconds)),
    st.integers(0, 2 * 86_400).map(lambda seconds: TODAY - timedelta(seconds=seconds)),
    st.integers(0, 50 * 86_400).map(lambda seconds: TODAY - timedelta(seconds=seconds)),
)


def _fields(**cells: Any) -> st.SearchStrategy[Row]:
    """A row; a cell is a strategy or the values to choose from."""
    strategies = {
        name: cell if isinstance(cell, st.SearchStrategy) else st.sampled_from(cell) for name, cell in cells.items()
    }
    return st.fixed_dictionaries(strategies)


_EMAIL_EVENT = _fields(
    occurred_at=_MOMENTS,
    recipient=_EMAILS,
    message_id=["m1", "m2"],
    event_type=["sent", "delivered", "opened", "clicked", "clicked", "unsubscribed"],
    url=[None, *_URLS[:4]],
    ip=[None, *_IPS],
    http_method=["GET", "GET", "GET", "HEAD"],
)
_WEB_VISIT = _fields(
    occurred_at=_MOMENTS, anonymous_id=["device_1", "device_2"], event_type=["page_view"], url=_URLS, ip=[None, *_IPS]
)
_WEB_IDENTIFICATION = _fields(
    occurred_at=_MOMENTS,
    anonymous_id=["device_1", "device_2"],
    event_type=["form_submitted", "identified"],
    email=_EMAILS,
    url=["https://x.example/demo"],
)
_MESSAGE = _fields(
    occurred_at=_MOMENTS, channel=["sms"], recipient=_EMAILS, event_type=["replied", "clicked", "unsubscribed"]
)
_LEAD_VERSION = _fields(
    email=[None, *_EMAILS],
    title=[None, "CEO", "student", "Data Engineer"],
    annual_revenue=[None, 4.5e6, 3e7],
    master_record_id=[None, None, None, "lead_1"],
    converted_contact_id=[None, None, None, "contact_1"],
    is_deleted=[False, False, False, True],
    is_opted_out=[False, True],
)
_CONTACT_VERSION = _fields(email=[None, *_EMAILS], title=[None, "CEO"], is_deleted=[False])
_ATTRIBUTE = _fields(
    lead_id=_LEADS, attribute=["primary_need"], value=["lead scoring", "just looking"], observed_at=_MOMENTS
)
_MERGE = _fields(
    record_type=["lead"],
    record_id=["lead_2", "lead_3"],
    same_as_record_type=["lead"],
    same_as_record_id=["lead_1"],
    merged_at=_MOMENTS,
)
_GRADE_CHANGE = _fields(
    lead_id=_LEADS,
    scoring_model=["standard"],
    changed_at=_MOMENTS,
    from_grade=["D4"],
    to_grade=["C4", "B3"],
    combined_before=[1],
    combined_after=[30],
    moved_by=["sent a form +35.0"],
)


def frames(rows: Mapping[str, Sequence[Row]]) -> Rows:
    """Rows as frames; a table without rows is left out."""
    return {name: pd.DataFrame(list(table), dtype=object) for name, table in rows.items() if table}


def known_by(rows: Mapping[str, pd.DataFrame], moment: datetime) -> Rows:
    """What had arrived by then, when nothing arrives late; the last version of a record was still the current one."""
    known = {}
    for name, frame in rows.items():
        then = frame[frame[ARRIVED[name]] <= moment].copy()
        if "valid_to" in then:
            then["valid_to"] = then["valid_to"].where(then["valid_to"] <= moment, None)
        known[name] = then
    return known


@st.composite
def _versions(draw: st.DrawFn, key: str, record: str, version: st.SearchStrategy[Row]) -> list[Row]:
    """A record as it was long ago and after each change; a record is no master of itself."""
    changes = sorted(draw(st.lists(_MOMENTS, max_size=2, unique=True)))
    starts, ends = [LONG_AGO, *changes], [*changes, None]
    rows = []
    for start, end in zip(starts, ends, strict=True):
        row = draw(version) | {key: record, "created_at": LONG_AGO}
        row |= {"valid_from": start, "valid_to": end, "updated_at": start}
        rows.append(row | ({"master_record_id": None} if row.get("master_record_id") == record else {}))
    return rows


@st.composite
def _scan(draw: st.DrawFn) -> list[Row]:
    """A security scanner opens every link of a mail within seconds, not long before or after yesterday's as-of time."""
    start = YESTERDAY + timedelta(seconds=draw(st.sampled_from([-1, *range(-4, 4), 1800, -1800])))
    same = draw(_fields(recipient=_EMAILS, message_id=["m1", "m2"], event_type=["clicked"], ip=_IPS))
    return [same | {"url": url, "occurred_at": start + timedelta(seconds=n)} for n, url in enumerate(_URLS[:4])]


def numbered(events: Sequence[Row]) -> list[Row]:
    """Events with ids."""
    return [{"event_id": f"event_{number}"} | event for number, event in enumerate(events)]


@st.composite
def histories(draw: st.DrawFn) -> Rows:
    """Everything that has arrived by today: table to rows."""
    leads = [row for lead in _LEADS for row in draw(_versions("lead_id", lead, _LEAD_VERSION))]
    needs = st.sampled_from(["lead scoring", "just looking"])
    extras = [{name: row[name] for name in ("lead_id", "valid_from", "valid_to")} for row in leads]
    scans = [event for scan in draw(st.lists(_scan(), max_size=2)) for event in scan]
    visits = draw(st.lists(_WEB_VISIT, min_size=4, max_size=10))
    rows: dict[str, list[Row]] = {
        "stg_crm__leads": leads,
        "stg_crm__contacts": draw(_versions("contact_id", "contact_1", _CONTACT_VERSION)),
        "stg_crm__lead_extra_columns": [row | {"attribute": "primary_need", "value": draw(needs)} for row in extras],
        "stg_crm__lead_attributes": draw(st.lists(_ATTRIBUTE, max_size=3)),
        "stg_email__events": numbered(draw(st.lists(_EMAIL_EVENT, min_size=4, max_size=10)) + scans),
        "stg_web__events": numbered(visits + draw(st.lists(_WEB_IDENTIFICATION, max_size=3))),
        "stg_messaging__events": numbered(draw(st.lists(_MESSAGE, max_size=3))),
        "manual_merges": draw(st.lists(_MERGE, max_size=1)),
        "lead_grade_changes": draw(st.lists(_GRADE_CHANGE, max_size=2, unique_by=lambda row: row["lead_id"])),
    }
    return frames(rows)
