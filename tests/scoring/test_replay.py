"""Yesterday, counted again today, is what it was yesterday: from the staged rows to the grade and its reason.

The whole chain runs here: who is who, who is a robot, what was done, what it is worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scoring.examples import drawn
from tests.sql_harness import CompiledProject

TODAY = datetime(2026, 3, 31, 12, 34, 56)
YESTERDAY = TODAY - timedelta(days=1)
EVENTS = ("stg_email__events", "stg_web__events", "stg_messaging__events")
RESULTS = ("int_identities", "lead_activity_daily", "lead_score_contributions", "lead_scores")

Rows = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledProject]:
    records = ("stg_crm__leads", "stg_crm__contacts", "stg_crm__accounts")
    facts = ("stg_crm__lead_attributes", "stg_crm__lead_extra_columns")
    inputs: dict[str, dict[str, str]] = {name: {} for name in (*records, *facts, *EVENTS, "lead_grade_changes")}
    project = CompiledProject.compile(["lead_scores"], inputs=inputs, folder=tmp_path_factory.mktemp("replay"))
    yield project
    project.close()


def known_by(rows: Rows, moment: datetime) -> Rows:
    """What had arrived by then, when nothing arrives late; the last version of a record was still the current one."""
    known = {}
    for name, frame in rows.items():
        came = next(column for column in ("occurred_at", "observed_at", "valid_from") if column in frame)
        known[name] = frame[frame[came] <= moment].copy()
        if "valid_to" in frame:
            known[name]["valid_to"] = [
                end if end is not None and end <= moment else None for end in frame_ends(known[name])
            ]
    return known


def frame_ends(frame: pd.DataFrame) -> list[datetime | None]:
    """The ends of versions as plain values."""
    return [None if pd.isna(end) else end for end in frame["valid_to"]]


def results(chain: CompiledProject, rows: Rows, as_of: datetime) -> dict[str, list[tuple[str, ...]]]:
    """What the chain makes of the rows, in an order of its own."""
    built = chain.run(rows, as_of, models=["lead_scores"])
    return {name: sorted(tuple(map(str, row)) for row in built[name].itertuples(index=False)) for name in RESULTS}


# Drawn histories --------------------------------------------------------------------------------------------------

_EMAILS = ("ann@acme.example", "bob@acme.example", "cy@gmail.com")
_LEADS = ("lead_1", "lead_2", "lead_3")
_URLS = (
    None,
    "https://x.example/product/a",
    "https://x.example/product/b",
    "https://x.example/pricing",
    "/careers",
    "/hp/1",
)
# Seconds before today's as-of time: bursts of a few seconds, both sides of yesterday's as-of time, and long ago.
_MOMENTS = st.one_of(
    *(st.integers(0, 20), st.integers(0, 200_000), st.integers(86_390, 86_410), st.integers(0, 40 * 86_400))
).map(lambda seconds: TODAY - timedelta(seconds=seconds))
_EMAIL_EVENTS = st.fixed_dictionaries(
    {
        "occurred_at": _MOMENTS,
        "recipient": st.sampled_from(_EMAILS),
        "message_id": st.sampled_from(["m1", "m2"]),
        "event_type": st.sampled_from(["sent", "delivered", "opened", "clicked", "clicked", "unsubscribed"]),
        "url": st.sampled_from(_URLS),
        "ip": st.sampled_from(["198.51.100.1", "198.51.100.2"]),
        "http_method": st.sampled_from(["GET", "GET", "HEAD"]),
    }
)
_WEB_EVENTS = st.fixed_dictionaries(
    {
        "occurred_at": _MOMENTS,
        "anonymous_id": st.sampled_from(["device_1", "device_2"]),
        "email": st.sampled_from([None, None, *_EMAILS]),
        "event_type": st.sampled_from(["page_view", "page_view", "form_submitted", "identified"]),
        "url": st.sampled_from(_URLS),
        "ip": st.sampled_from(["198.51.100.1", "198.51.100.2"]),
    }
)
_MESSAGES = st.fixed_dictionaries(
    {
        "occurred_at": _MOMENTS,
        "channel": st.just("sms"),
        "recipient": st.sampled_from(_EMAILS),
        "event_type": st.sampled_from(["replied", "clicked", "unsubscribed"]),
    }
)
_VERSION = st.fixed_dictionaries(
    {
        "valid_from": _MOMENTS,
        "email": st.sampled_from([None, *_EMAILS]),
        "title": st.sampled_from([None, "CEO", "student", "Data Engineer"]),
        "annual_revenue": st.sampled_from([None, 4.5e6, 3e7]),
        "master_record_id": st.sampled_from([None, None, None, *_LEADS]),
        "is_deleted": st.sampled_from([False, False, False, True]),
        "is_opted_out": st.booleans(),
    }
)
_FACTS = st.fixed_dictionaries(
    {
        "lead_id": st.sampled_from(_LEADS),
        "attribute": st.just("primary_need"),
        "value": st.sampled_from(["lead scoring", "just looking"]),
        "observed_at": _MOMENTS,
    }
)


def _versions_of(lead: str, drawn_versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One after the other, as staging bounds them; a record is no master of itself."""
    versions = sorted(drawn_versions, key=lambda version: version["valid_from"])
    ends = [version["valid_from"] for version in versions[1:]] + [None]
    same = {"lead_id": lead, "created_at": versions[0]["valid_from"]}
    return [
        version
        | same
        | {"valid_to": end, "updated_at": version["valid_from"]}
        | ({"master_record_id": None} if version["master_record_id"] == lead else {})
        for version, end in zip(versions, ends, strict=True)
    ]


@st.composite
def histories(draw: st.DrawFn) -> Rows:
    """Everything that has arrived by today."""
    versions = st.lists(_VERSION, min_size=1, max_size=3, unique_by=lambda version: version["valid_from"])
    leads = [row for lead in _LEADS for row in _versions_of(lead, draw(versions))]
    rows = {"stg_crm__leads": leads, "stg_crm__lead_attributes": draw(st.lists(_FACTS, max_size=3))}
    for name, events in zip(EVENTS, (_EMAIL_EVENTS, _WEB_EVENTS, _MESSAGES), strict=True):
        size = 12 if name != "stg_messaging__events" else 3
        found = draw(st.lists(events, min_size=size // 2, max_size=size))
        rows[name] = [{"event_id": f"event_{number}"} | event for number, event in enumerate(found)]
    return {name: pd.DataFrame(table, dtype=object) for name, table in rows.items() if table}


@drawn(25)
@given(rows=histories())
def test_yesterday_counted_again_is_what_yesterday_said(chain: CompiledProject, rows: Rows) -> None:
    assert results(chain, rows, YESTERDAY) == results(chain, known_by(rows, YESTERDAY), YESTERDAY)


def test_today_differs_from_yesterday_by_what_happened_since(chain: CompiledProject) -> None:
    """The replay would also hold if nothing counted: here something does, and a late version of the past does too."""
    lead = {
        "lead_id": "lead_1",
        "email": _EMAILS[0],
        "created_at": datetime(2026, 3, 1),
        "valid_from": datetime(2026, 3, 1),
    }
    form = {"anonymous_id": "device_1", "email": _EMAILS[0], "event_type": "form_submitted", "url": "/demo"}
    since_yesterday = TODAY - timedelta(hours=1)
    rows = {
        "stg_crm__leads": pd.DataFrame([lead], dtype=object),
        "stg_web__events": pd.DataFrame([form | {"event_id": "event_1", "occurred_at": since_yesterday}], dtype=object),
    }

    def engagement(rows: Rows, as_of: datetime) -> Any:
        scores = chain.run(rows, as_of)["lead_scores"]
        return scores.loc[scores["scoring_model"] == "standard", "engagement_score"].item()

    assert engagement(rows, TODAY) == 35
    assert engagement(rows, YESTERDAY) == 0
    late = {"event_id": "event_2", "occurred_at": YESTERDAY - timedelta(hours=1)}
    rows["stg_web__events"] = pd.DataFrame([form | late], dtype=object)
    assert engagement(rows, YESTERDAY) == 35
