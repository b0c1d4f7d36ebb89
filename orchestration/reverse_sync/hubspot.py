"""HubSpot as a destination of the sync: batches of a hundred, and answers of which some rows may be missing."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import urllib3
from hubspot import HubSpot
from hubspot.crm.objects import ApiException as ObjectsException
from hubspot.crm.properties import ApiException as PropertiesException

from orchestration.odoo import LOOPBACK, redacted
from orchestration.retry_after import retry_after
from orchestration.reverse_sync.pace import Pace
from orchestration.reverse_sync.protocol import (
    Answer,
    CallFailed,
    Change,
    DestinationError,
    FieldDescription,
    Held,
    NeedsMending,
    Note,
    Value,
)

OBJECTS = {"lead": "contacts", "contact": "contacts"}
"""A person is a contact in HubSpot, whatever stage of life it is in."""
ROWS_IN_A_CALL = 100
TIMEOUT = (5.0, 60.0)
TEXTS = frozenset({"string", "enumeration", "phone_number"})
BUSY_OR_BROKEN = frozenset({413, 414, 423, 429, 477}) | frozenset(range(500, 600))
SECOND = 1.0


class HubSpotDestination:
    """Writes grades to the contacts of one HubSpot account.

    Args:
        client: with its token, and without retries of its own.
    """

    name = "hubspot"

    def __init__(self, client: HubSpot) -> None:
        self.pace = Pace()
        self._objects = client.crm.objects.batch_api
        self._properties = client.crm.properties.core_api

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> HubSpotDestination:
        """The account of the private app whose token is ``LEADHOUSE_HUBSPOT_TOKEN``.

        Raises:
            DestinationError: when it is missing.
        """
        given = os.environ if environment is None else environment
        token = given.get("LEADHOUSE_HUBSPOT_TOKEN", "").strip()
        url = given.get("LEADHOUSE_HUBSPOT_URL", "").strip() or "https://api.hubapi.com"
        address = urlsplit(url)
        if not token:
            raise NeedsMending("hubspot: set LEADHOUSE_HUBSPOT_TOKEN in the environment (a private app's token)")
        if address.scheme != "https" and address.hostname not in LOOPBACK:
            raise NeedsMending("hubspot: LEADHOUSE_HUBSPOT_URL must be https://; http:// is for this machine")
        # When to try again is not the client's concern, and a redirect would carry the token to another place.
        never = urllib3.Retry(total=0, redirect=0)
        return cls(HubSpot(access_token=token, host=url.rstrip("/"), retry=never))

    def batch_size(self, rows: int) -> int:
        """See :class:`~orchestration.reverse_sync.protocol.Destination`, here and below."""
        return ROWS_IN_A_CALL

    def describe(self, kind: str) -> Mapping[str, FieldDescription]:
        """The properties of HubSpot's object."""
        if kind not in OBJECTS:
            raise NeedsMending(f"hubspot has no records of kind {kind}: correct seeds/sync/field_mappings.csv")
        answer = self._ask(self._properties.get_all, OBJECTS[kind])
        return {field["name"]: description(field) for field in answer["results"]}

    def create_field(self, kind: str, name: str, value_type: str) -> None:
        """Add a property to HubSpot's group of contact information."""
        kinds = {"text": ("string", "textarea"), "number": ("number", "number")}
        label = name.replace("_", " ").capitalize()
        made = {"name": name, "label": label, "groupName": "contactinformation"}
        made |= dict(zip(("type", "fieldType"), kinds[value_type], strict=True))
        try:
            self._ask(self._properties.create, OBJECTS[kind], made)
        except CallFailed as failure:
            raise DestinationError(f"{OBJECTS[kind]}.{name} cannot be created: {failure} ({failure.code})") from None

    def send(self, batch: Sequence[Change], note: Note) -> list[Answer]:
        """Update or upsert one batch in one call."""
        answers = [answer for change in batch if (answer := _refusal(change))]
        refused = {answer.change.key for answer in answers}
        rows = [change for change in batch if change.key not in refused]
        for kind, part in _by_object(rows):
            key = {"idProperty": part[0].match_key} if part[0].match_key else {}
            inputs = [{"id": row.record_id, **key, "properties": _properties(row)} for row in part]
            write = self._objects.upsert if part[0].may_create else self._objects.update
            answers += batch_answers(part, self._ask(write, kind, {"inputs": inputs}))
        return answers

    def collect(self, noted: str, batch: Sequence[Change]) -> list[Answer]:
        """No batch is ever noted by name."""
        raise DestinationError(f"HubSpot knows no batch {noted!r}")

    def read(self, batch: Sequence[Change]) -> Held:
        """What HubSpot holds now; archived records are left out. Numbers come back as text."""
        held: Held = {}
        for kind, rows in _by_object([row for row in batch if not _refusal(row)]):
            for start in range(0, len(rows), ROWS_IN_A_CALL):
                part = rows[start : start + ROWS_IN_A_CALL]
                wanted = {
                    "inputs": [{"id": row.record_id} for row in part],
                    "properties": sorted({name for row in part for name in (*row.values, row.match_key) if name}),
                    "propertiesWithHistory": [],
                }
                if part[0].match_key:
                    wanted["idProperty"] = part[0].match_key
                answer = self._ask(self._objects.read, kind, wanted)
                results = answer.get("results") or ()
                found = {_name(result, part[0].match_key): result.get("properties") or {} for result in results}
                for row in part:
                    if (properties := found.get(row.record_id.casefold())) is not None:
                        held[row.key] = {name: properties.get(name) or None for name in row.values}
        return held

    def close(self) -> None:
        """Let go of the connections."""
        for interface in (self._objects, self._properties):
            interface.api_client.rest_client.pool_manager.clear()

    def _ask(self, method: Any, *arguments: Any) -> dict[str, Any]:
        """The answer as it was sent: the client's own models insist on what an answer of 207 leaves out."""
        try:
            answer = method(*arguments, _preload_content=False, _request_timeout=TIMEOUT)
            self._observe(answer.headers)
            content = json.loads(answer.data)
        except (ObjectsException, PropertiesException) as error:
            headers = {str(name).lower(): value for name, value in dict(error.headers or {}).items()}
            self._observe(headers)
            raise failed(error.status, error.body, headers.get("retry-after")) from None
        except ValueError:
            raise CallFailed("not_json", "the answer was cut off or is not HubSpot's") from None
        except urllib3.exceptions.HTTPError as error:
            raise CallFailed("connection", f"HubSpot cannot be reached ({type(error).__name__})") from None
        if not isinstance(content, dict):
            raise CallFailed("not_json", "the answer is not HubSpot's")
        return content

    def _observe(self, headers: Mapping[str, str]) -> None:
        """Take the limits from the headers of an answer."""
        said = {str(name).lower().removeprefix("x-hubspot-ratelimit-"): value for name, value in headers.items()}
        self.pace.calls += 1
        limit, left = _number(said.get("daily")), _number(said.get("daily-remaining"))
        if limit and left is not None:
            self.pace.quota(limit - left, limit)
        if _number(said.get("remaining")) == 0:
            self.pace.rest((_number(said.get("interval-milliseconds")) or 1000) / 1000)
        elif _number(said.get("secondly-remaining")) == 0:
            self.pace.rest(SECOND)


def description(field: Mapping[str, Any]) -> FieldDescription:
    """What a property says of itself, in the words of either version of the interface."""
    kind = field["type"]
    modification = field.get("modificationMetadata") or {}
    read_only = modification.get("readOnlyValue", field.get("readOnlyValue")) or field.get("calculated")
    options = [str(option["value"]) for option in field.get("options") or ()]
    is_free = field.get("externalOptions") or not options
    return FieldDescription(
        type=kind,
        # a day is text to us, as it is written everywhere: 2026-10-01
        accepts=frozenset({"text"} if kind in (*TEXTS, "date") else {"number"} if kind == "number" else ()),
        is_writable=not read_only,
        length=65_536 if kind == "string" else None,
        choices=None if kind != "enumeration" or is_free else frozenset(options),
        is_key=bool(field.get("hasUniqueValue")) or field["name"] == "email",
    )


def batch_answers(rows: Sequence[Change], answer: Mapping[str, Any]) -> list[Answer]:
    """The answers of a batch. Rows that neither its results nor its errors name have none."""
    by_id = {row.record_id.casefold(): row for row in rows}
    taken = {_name(result, rows[0].match_key) for result in answer.get("results") or ()}
    answers = [Answer(row) for record, row in by_id.items() if record in taken]
    for error in answer.get("errors") or ():
        named = {str(record).casefold() for record in _named(error)} & set(by_id) - taken
        answers += [Answer(by_id[record], *code_and_words(error)) for record in sorted(named)]
    return answers


def failed(status: int | None, body: Any, wait: str | None = None) -> CallFailed:
    """What an answer that is an error says."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
    try:
        content = json.loads(text)
    except ValueError:
        content = {}
    content = content if isinstance(content, dict) else {}
    code, words = code_and_words(content)
    policy = str(content.get("policyName") or "")
    if policy in ("DAILY", "TEN_SECONDLY_ROLLING", "SECONDLY"):
        code = policy
    elif status in BUSY_OR_BROKEN or not code:
        code = f"http_{status}"
    return CallFailed(code, words or f"HubSpot answered HTTP {status}", retry_after(wait))


def code_and_words(error: Mapping[str, Any]) -> tuple[str, str]:
    """The most exact code that an error carries, and its words without personal data."""
    details = [*(error.get("validationResults") or ()), *(error.get("errors") or ())]
    exact = next((str(code) for detail in details if (code := detail.get("error") or detail.get("code"))), "")
    words = next((str(said) for detail in details if (said := detail.get("message"))), error.get("message") or "")
    return exact or str(error.get("category") or ""), redacted(str(words))


def _named(error: Mapping[str, Any]) -> Iterable[Any]:
    context = error.get("context") or {}
    return [*(context.get("ids") or ()), *(context.get("id") or ()), *([error["id"]] if error.get("id") else ())]


def _name(result: Mapping[str, Any], key: str) -> str:
    """By what a row named the record of this result; HubSpot keeps addresses in lower case."""
    return str((result.get("properties") or {}).get(key) if key else result.get("id")).casefold()


def _refusal(change: Change) -> Answer | None:
    if change.object not in OBJECTS:
        return Answer(change, "unknown_object", f"HubSpot has no records of kind {change.object}")
    if not change.match_key and not re.fullmatch(r"[0-9]{1,19}", change.record_id):
        return Answer(change, "not_a_record_id", "the ids of HubSpot's records are whole numbers")
    return None


def _by_object(rows: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    def way(row: Change) -> tuple[str, str, bool]:
        return OBJECTS[row.object], row.match_key, row.may_create

    for (kind, _, _), part in groupby(sorted(rows, key=way), key=way):
        yield kind, list(part)


def _properties(row: Change) -> dict[str, str]:
    """HubSpot takes text, and clears a property that is given an empty one."""
    # With its match key among them, the answer says which row it is about.
    key = {row.match_key: row.record_id} if row.match_key else {}
    return {**{name: _text(value) for name, value in row.values.items()}, **key}


def _text(value: Value) -> str:
    return "" if value is None else f"{value:.15g}" if isinstance(value, float) else value


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None
