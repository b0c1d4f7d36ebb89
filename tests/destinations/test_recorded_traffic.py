"""Recorded traffic of the real Salesforce and HubSpot: what we send is what was sent, what we read is what was said.

The recordings stand beside the checkout, in `../shared`, and are not part of it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from orchestration.home import CHECKOUT
from orchestration.odoo import redacted
from orchestration.reverse_sync import hubspot as hubspot_module
from orchestration.reverse_sync import salesforce as salesforce_module
from orchestration.reverse_sync.checks import refusals
from orchestration.reverse_sync.protocol import Change
from tests.destinations.conftest import hubspot_at, salesforce_at
from tests.destinations.sending import by_record, outcomes, policy
from tests.destinations.servers import LocalServer, Reply

FOLDER = CHECKOUT.parent / "shared" / "data" / "recorded_api_pairs"
Pair = Mapping[str, Any]
COLLECTIONS = "/composite/sobjects"


def pairs(prefix: str) -> list[Pair]:
    """The recorded pairs of a vendor."""
    if not FOLDER.is_dir():
        pytest.skip(f"[may skip] no recorded traffic beside the checkout: {FOLDER.relative_to(CHECKOUT.parent)}")
    found = [pair for file in sorted(FOLDER.glob(f"{prefix}__*.json")) for pair in json.loads(file.read_text())]
    assert found
    return found


class Recorded(LocalServer):
    """Answers every request as it was answered then."""

    def __init__(self, pair: Pair) -> None:
        super().__init__()
        self.pair = pair

    def answer(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Reply:
        return Reply(self.pair["status"], self.pair["response"], self.pair.get("rate_headers") or {})


@pytest.fixture
def any_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts and campaigns were recorded too."""
    names = ("Lead", "Contact", "Account", "CampaignMember")
    monkeypatch.setattr(salesforce_module, "OBJECTS", {name.lower(): name for name in names})


def updates_of_salesforce() -> Iterator[Pair]:
    for pair in pairs("salesforce"):
        if pair["method"] == "PATCH" and pair["path"].endswith(COLLECTIONS):
            yield pair


@pytest.mark.usefixtures("any_object")
def test_salesforces_updates_are_sent_and_read_as_recorded() -> None:
    seen: Counter[str] = Counter()
    for pair in updates_of_salesforce():
        records = pair["request"]["records"]
        changes = [
            Change("p", record["attributes"]["type"].lower(), record["id"], _values(record)) for record in records
        ]
        with Recorded(pair) as server:
            destination = salesforce_at(server.url)
            found = by_record(outcomes(destination, changes))
            ((method, path, body),) = server.requests
            destination.close()
        assert (method, re.sub(r"v[\d.]+", "v", path)) == ("PATCH", re.sub(r"v[\d.]+", "v", pair["path"]))
        assert json.loads(body) == {**pair["request"], "records": sorted(records, key=lambda record: record["id"])}
        for record, result in zip(records, pair["response"], strict=True):
            code = "" if result["success"] else result["errors"][0]["statusCode"]
            expected = "accepted" if result["success"] else "rejected"
            assert (found[record["id"]].outcome, found[record["id"]].code) == (expected, code)
            seen[code] += 1
        used = re.fullmatch(r"api-usage=(\d+)/(\d+)", pair["rate_headers"]["Sforce-Limit-Info"])
        assert used
        assert (destination.pace.quota_used, destination.pace.quota_limit) == (int(used[1]), int(used[2]))
    assert seen == {"": 11, "INVALID_EMAIL_ADDRESS": 1, "CANNOT_UPDATE_CONVERTED_LEAD": 2}


def test_salesforces_saves_and_errors_of_other_calls_are_read_as_recorded() -> None:
    """We neither create nor delete, but the answers have the same form."""
    read = 0
    for pair in pairs("salesforce"):
        if pair["method"] in ("POST", "DELETE") and pair["path"].endswith(COLLECTIONS):
            ids = [str(number) for number in range(len(pair["response"]))]
            rows = [Change("p", "lead", record) for record in ids]
            answers = salesforce_module.saved(rows, pair["response"])
            assert [answer.code for answer in answers] == [""] * len(rows)
            read += 1
        elif pair["status"] == 404:
            with Recorded(pair) as server:
                destination = salesforce_at(server.url)
                (outcome,) = outcomes(destination, [Change("p", "lead", "00Q4S000002sSahUAE", {"Email": "x"})])
                destination.close()
            assert (outcome.outcome, outcome.code) == ("rejected", "NOT_FOUND")
            read += 1
    assert read == 17


@pytest.mark.usefixtures("any_object")
def test_salesforces_descriptions_are_read_as_recorded() -> None:
    read = 0
    for pair in pairs("salesforce"):
        if not pair["path"].endswith("/describe"):
            continue
        kind = pair["path"].split("/")[-2].lower()
        with Recorded(pair) as server:
            destination = salesforce_at(server.url)
            described = destination.describe(kind)
            destination.close()
        raw = {field["name"]: field for field in pair["response"]["fields"]}
        assert described.keys() == raw.keys()
        assert not described["Id"].is_writable
        assert not described["CreatedDate"].is_writable
        assert described["Description"].length == raw["Description"]["length"]
        assert described["AnnualRevenue"].accepts == {"number"}
        too_long = Change("p", kind, "x", {"Description": "x" * (raw["Description"]["length"] + 1)})
        assert [answer.code for answer in refusals([too_long], {kind: described})] == ["too_long"]
        read += 1
    assert read == 12


def test_hubspots_refusals_are_read_as_recorded() -> None:
    seen: Counter[tuple[int, str, str]] = Counter()
    for pair in pairs("hubspot"):
        if pair["status"] >= 400:
            failure = hubspot_module.failed(pair["status"], json.dumps(pair["response"]))
            said = pair["response"]
            details = said.get("validationResults") or said.get("errors")
            assert "@" not in str(failure)
            assert str(failure).split()[0] == redacted(details[0]["message"]).split()[0]
            seen[pair["status"], failure.code, policy("hubspot").verdict(failure.code)] += 1
    assert set(seen) == {
        (400, "INVALID_EMAIL", "permanent"),
        (400, "INVALID_LONG", "permanent"),
        (404, "OBJECT_NOT_FOUND", "permanent"),
    }
    assert sum(seen.values()) == 69


def test_hubspots_limits_are_read_as_recorded() -> None:
    read = 0
    for pair in pairs("hubspot"):
        said = pair.get("rate_headers") or {}
        if "X-HubSpot-RateLimit-Daily" not in said:
            continue
        destination = hubspot_at("http://127.0.0.1:9")
        destination._observe(said)
        daily, left = (int(said[f"X-HubSpot-RateLimit-Daily{part}"]) for part in ("", "-Remaining"))
        assert (destination.pace.quota_used, destination.pace.quota_limit) == (daily - left, daily)
        left_now = [said.get(f"X-HubSpot-RateLimit-{window}Remaining") for window in ("", "Secondly-")]
        assert (destination.pace.wait() > 0) == ("0" in left_now)
        read += 1
    assert read > 200


def test_hubspots_batches_are_read_as_recorded() -> None:
    read = 0
    for pair in pairs("hubspot"):
        if "/batch/create" in pair["path"]:
            rows = [Change("p", "contact", result["id"]) for result in pair["response"]["results"]]
            assert [answer.code for answer in hubspot_module.batch_answers(rows, pair["response"])] == [""] * len(rows)
            read += 1
    assert read == 2


def test_hubspots_properties_are_read_as_recorded() -> None:
    read = 0
    for pair in pairs("hubspot"):
        if pair["path"] == "/properties/v1/contacts/properties":
            described = {field["name"]: hubspot_module.description(field) for field in pair["response"]}
            assert described["email"].accepts == {"text"}
            assert not described["hs_object_id"].is_writable
            stages = described["lifecyclestage"].choices
            assert stages is not None
            assert {"lead", "customer"} <= stages
            read += 1
    assert read == 2


def _values(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ("id", "attributes")}
