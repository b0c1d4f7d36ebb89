"""The sweep over a mail's clicks finds what comparing every two clicks finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sql_harness import CompiledProject

AS_OF = datetime(2026, 10, 1)
EPOCH = datetime(1970, 1, 1)
MODEL = "int_email_link_neighbours"
COLUMNS = {
    "event_id": "varchar",
    "occurred_at": "timestamp",
    "visited_second": "bigint",
    "recipient": "varchar",
    "message_id": "varchar",
    "ip": "varchar",
    "link": "varchar",
}

Visit = dict[str, Any]
VISITS = st.lists(
    st.fixed_dictionaries(
        {
            "visited_second": st.one_of(st.integers(-5, 30), st.integers(0, 300)),
            "recipient": st.sampled_from(["ann", "bob"]),
            "message_id": st.sampled_from(["m", "m", "n", None]),
            "link": st.sampled_from(["/a", "/b", "/c", "/d"]),
        }
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def project() -> Iterator[CompiledProject]:
    """The model, compiled once."""
    compiled = CompiledProject.compile([MODEL], inputs={"int_email_visits": COLUMNS})
    yield compiled
    compiled.close()


def _expected(visits: list[Visit], threshold: int) -> dict[int, int]:
    """Distinct links near each visit, by its place; visits with no second link in their mail are left out."""
    mails = [(visit["recipient"], visit["message_id"]) for visit in visits]
    expected = {}
    for place, (visit, mail) in enumerate(zip(visits, mails, strict=True)):
        same_mail = [other for other, its_mail in zip(visits, mails, strict=True) if its_mail == mail]
        near = {
            other["link"] for other in same_mail if abs(other["visited_second"] - visit["visited_second"]) <= threshold
        }
        if visit["message_id"] and len({other["link"] for other in same_mail}) > 1:
            expected[place] = len(near)
    return expected


@settings(max_examples=100, deadline=None, derandomize=True)
@given(visits=VISITS, threshold=st.sampled_from([0, 1, 2, 5, 10, 60]))
def test_the_sweep_counts_what_pairs_count(visits: list[Visit], threshold: int, project: CompiledProject) -> None:
    rules = project.seeds["bot_rules"]
    rules.loc[rules["rule"] == "link_burst", "threshold_seconds"] = threshold
    rows = pd.DataFrame(
        [
            {
                "event_id": str(place),
                "occurred_at": EPOCH + timedelta(seconds=visit["visited_second"]),
                "ip": None,
                **visit,
            }
            for place, visit in enumerate(visits)
        ],
        columns=list(COLUMNS),
        dtype=object,
    )
    found = project.run({"int_email_visits": rows, "bot_rules": rules}, AS_OF)[MODEL]
    counted = dict(zip(found["event_id"].astype(int), found["distinct_links"], strict=True))
    assert counted == _expected(visits, threshold)
