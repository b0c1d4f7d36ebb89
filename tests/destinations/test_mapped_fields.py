"""Every field of the seed's mappings arrives, the stage and its date among them."""

from __future__ import annotations

import csv
from collections.abc import Mapping

import pytest

from orchestration.reverse_sync.protocol import Change, Destination, Value
from tests.destinations.conftest import hubspot_at, salesforce_at
from tests.destinations.hubspot_server import HubSpotServer
from tests.destinations.salesforce_server import SalesforceServer
from tests.destinations.sending import SEEDS, kinds, outcomes, prepared

VALUES: Mapping[str, Value] = {
    "grade": "B2",
    "combined_score": 61.0,
    "reason": "B2: director; asked for a demo.",
    "stage": "MQL",
    "stage_since": "2026-09-30",
}


def _mapped(destination: str, kind: str) -> dict[str, tuple[str, str]]:
    """Source column and type of value, by field."""
    with (SEEDS / "field_mappings.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["destination"], row["object"]) == (destination, kind)]
    return {row["field"]: (row["source_column"], row["value_type"]) for row in rows}


@pytest.mark.parametrize("kind", ["lead", "contact"])
@pytest.mark.parametrize("name", ["salesforce", "hubspot"])
def test_all_that_the_seed_maps_arrives_and_is_cleared(name: str, kind: str) -> None:
    """The date of a stage was to go into a field that is a date: no run got past its own checks."""
    mapped = _mapped(name, kind)
    assert {source for source, _ in mapped.values()} == set(VALUES)
    with SalesforceServer() if name == "salesforce" else HubSpotServer() as server:
        at: Destination = salesforce_at(server.url) if name == "salesforce" else hubspot_at(server.url)
        prepared(at, {field: value_type for field, (_, value_type) in mapped.items()}, [kind])
        record = "00Q000000000001AAA" if name == "salesforce" else "1"
        server.add(record)
        change = Change("p", kind, record, {field: VALUES[source] for field, (source, _) in mapped.items()})
        assert kinds(outcomes(at, [change])) == {("accepted", "")}
        types = {"text": str, "number": float}
        held = {field: types[value_type](server.records[record][field]) for field, (_, value_type) in mapped.items()}
        assert held == change.values
        cleared = Change("p", kind, record, dict.fromkeys(mapped))
        assert kinds(outcomes(at, [cleared])) == {("accepted", "")}
        assert not any(server.records[record][field] for field in mapped)
