"""A server that keeps contacts and behaves as recorded traffic of HubSpot does, in what the sync uses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.destinations.servers import Fields, LocalServer, Reply

TOKEN = "pat-na1-a-marked-token"


def _property(name: str, kind: str, **more: Any) -> Fields:
    plain = {"options": [], "calculated": False, "externalOptions": False}
    return {"name": name, "type": kind, "modificationMetadata": {"readOnlyValue": False}, **plain, **more}


class HubSpotServer(LocalServer):
    """An account on this machine.

    Attributes:
        calls_in_window: calls that it allows before it answers 429, again and again; none when it is None.
        daily: calls that it allows in all.
        names_errors: whether the errors of a 207 name the records that they mean.
    """

    def __init__(self) -> None:
        super().__init__()
        self.properties = {
            field["name"]: field
            for field in (
                _property("lead_grade", "string"),
                _property("lead_score", "number"),
                _property("email", "string"),
                _property("leadhouse_id", "string", hasUniqueValue=True),
                _property("lead_grade_reason", "string"),
                _property("lifecyclestage", "enumeration", options=[{"value": "lead"}, {"value": "customer"}]),
                _property("hs_object_id", "number", modificationMetadata={"readOnlyValue": True}),
            )
        }
        self.calls_in_window: int | None = None
        self.daily = 250_000
        self.used = 1096
        self.names_errors = True
        self._window = 0

    def add(self, record_id: str, **values: Any) -> None:
        """Have a contact."""
        self.records[record_id] = {"hs_object_id": record_id, **values}

    def answer(self, method: str, path: str, body: str, headers: Mapping[str, Any]) -> Reply:
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            error = {
                "status": "error",
                "message": "Authentication credentials not found.",
                "category": "INVALID_AUTHENTICATION",
            }
            return Reply(401, error)
        self._window += 1
        if self.calls_in_window is not None and self._window > self.calls_in_window:
            self._window = 0
            error = {"status": "error", "message": "You have reached your ten_secondly_rolling limit.",
                     "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}  # fmt: skip
            return Reply(429, error, self._limits() | {"Retry-After": "0"})
        self.used += 1
        if self.used > self.daily:
            error = {"status": "error", "message": "You have reached your daily limit.",
                     "errorType": "RATE_LIMIT", "policyName": "DAILY"}  # fmt: skip
            return Reply(429, error, self._limits())
        reply = self._api(method, path, body)
        return Reply(reply.status, reply.content, self._limits())

    def _limits(self) -> dict[str, str]:
        return {
            "X-HubSpot-RateLimit-Daily": str(self.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, self.daily - self.used)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": "100",
            "X-HubSpot-RateLimit-Remaining": "99",
        }

    def _api(self, method: str, path: str, body: str) -> Reply:
        asked = json.loads(body) if body else {}
        if path == "/crm/v3/properties/contacts" and method == "GET":
            return Reply(200, {"results": list(self.properties.values())})
        if path == "/crm/v3/properties/contacts":
            self.properties[asked["name"]] = _property(asked["name"], asked["type"])
            return Reply(201, self.properties[asked["name"]])
        if path == "/crm/v3/objects/contacts/batch/read":
            named = {row["id"]: self._find(row["id"], asked.get("idProperty")) for row in asked["inputs"]}
            found = [self._shown(record, asked["properties"]) for record in named.values() if record]
            return self._batch(found, [name for name, record in named.items() if not record])
        if path == "/crm/v3/objects/contacts/batch/update":
            return self._update(asked["inputs"])
        if path == "/crm/v3/objects/contacts/batch/upsert":
            for row in asked["inputs"]:
                if not self._find(row["id"], row["idProperty"]):
                    self.add(str(9_000_000 + len(self.records)), **{row["idProperty"]: row["id"].lower()})
            return self._update(asked["inputs"])
        return Reply(404, {"status": "error", "message": "resource not found", "category": "OBJECT_NOT_FOUND"})

    def _find(self, name: str, key: str | None = None) -> str | None:
        """The id of the record that a row names, by its own id or by a unique property."""
        if not key:
            return name if name in self.records else None
        found = (record for record, values in self.records.items() if values.get(key, "").lower() == name.lower())
        return next(found, None)

    def _update(self, rows: list[Fields]) -> Reply:
        ids = [row["id"] for row in rows]
        if len(rows) > 100:
            return _invalid("The maximum number of inputs supported in a batch request is 100", "VALIDATION_ERROR")
        if len(set(ids)) < len(ids):
            return _invalid("Duplicate IDs found in batch input", "VALIDATION_ERROR")
        for row in rows:
            for name, value in row["properties"].items():
                if name not in self.properties:
                    return _invalid(f'Property "{name}" does not exist', "PROPERTY_DOESNT_EXIST")
                if (
                    self.properties[name]["type"] == "number"
                    and value
                    and not re.fullmatch(r"-?[\d.]+(e-?\d+)?", value)
                ):
                    return _invalid(f"{value} was not a valid long.", "INVALID_LONG")
                if value == "refuse me":
                    return _invalid("the value is refused", "INVALID_OPTION")
        named = [(row, self._find(row["id"], row.get("idProperty"))) for row in rows]
        for row, record in named:
            if record:
                self.write(record, row["properties"])
        done = [self._shown(record, list(row["properties"])) for row, record in named if record]
        return self._batch(done, [row["id"] for row, record in named if not record])

    def _batch(self, results: list[Fields], missing: list[str]) -> Reply:
        content: Fields = {"status": "COMPLETE", "results": results}
        if not missing:
            return Reply(200, content)
        if self.names_errors:
            error = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "Could not get some objects",
                     "context": {"ids": missing}}  # fmt: skip
        else:
            error = {"status": "error", "message": "Could not get some objects"}
        return Reply(207, content | {"numErrors": 1, "errors": [error]})

    def _shown(self, record_id: str, names: list[str]) -> Fields:
        record = self.records[record_id]
        values = {name: record.get(name) or None for name in [*names, "hs_object_id"]}
        return {"id": record_id, "properties": values, "archived": False}


def _invalid(message: str, code: str) -> Reply:
    error = {"status": "error", "message": "Property values were not valid", "category": "VALIDATION_ERROR",
             "errors": [{"message": message, "code": code}]}  # fmt: skip
    return Reply(400, error)
