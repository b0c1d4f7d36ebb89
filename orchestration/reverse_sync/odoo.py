"""Odoo as a destination of the sync: many rows a call, bad rows apart, and what was written is read back."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from orchestration.odoo import ARCHIVED_TOO, CUSTOM_PREFIX, Odoo, OdooError
from orchestration.reverse_sync.odoo_writes import Writes
from orchestration.reverse_sync.pace import Pace
from orchestration.reverse_sync.protocol import (
    NO_MATCH,
    NOT_UNIQUE,
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

MODELS = {"lead": "crm.lead", "contact": "res.partner"}
"""The kind of record in the marts, and Odoo's model of it."""
FIELD_TYPES = {"text": "char", "number": "float"}
"""The type of field that we create for a type of value."""
ACCEPTS = {"char": "text", "text": "text", "selection": "text", "date": "text", "float": "number"}
"""The types of field that hold a type of value as it is."""
LARGEST_ID = 2**31 - 1


class OdooDestination:
    """Writes grades to the leads and partners of one Odoo database."""

    name = "odoo"
    ROWS_IN_A_BATCH = 2000

    def __init__(self, odoo: Odoo) -> None:
        self.pace = Pace()
        self._odoo = odoo

    @classmethod
    def from_environment(cls) -> OdooDestination:
        """The Odoo of the ``LEADHOUSE_ODOO_*`` variables.

        Raises:
            DestinationError: when one of them is missing or cannot be used.
        """
        try:
            return cls(Odoo.from_environment())
        except OdooError as problem:
            raise NeedsMending(f"Odoo: {problem}") from None

    def batch_size(self, rows: int) -> int:
        """See :class:`~orchestration.reverse_sync.protocol.Destination`, here and below."""
        return self.ROWS_IN_A_BATCH

    def describe(self, kind: str) -> Mapping[str, FieldDescription] | None:
        """The fields of Odoo's model; ``None`` for a kind of record that it has no model for."""
        if kind not in MODELS:
            return None
        try:
            found = self._odoo.call(
                MODELS[kind], "fields_get", [], attributes=["type", "readonly", "size", "selection"]
            )
        except OdooError as problem:
            raise self._failure(problem) from None
        return {name: _description(field) for name, field in found.items()}

    def create_field(self, kind: str, name: str, value_type: str) -> None:
        """Add a custom field."""
        model = MODELS[kind]
        if not name.startswith(CUSTOM_PREFIX):
            raise DestinationError(f"{model} has no field {name}, and only names with {CUSTOM_PREFIX} can be created")
        try:
            self._odoo.create_field(model, name, FIELD_TYPES[value_type])
        except OdooError as problem:
            raise DestinationError(f"{model}.{name} cannot be created: {problem} ({problem.code})") from None

    def send(self, batch: Sequence[Change], note: Note) -> list[Answer]:
        """Write one batch, read it back and answer for every row by what Odoo holds."""
        answers = [answer for change in batch if (answer := _refusal(change))]
        refused = {answer.change.key for answer in answers}
        for kind, changes in _by_kind(change for change in batch if change.key not in refused):
            own = [change for change in changes if not change.match_key]
            answers += self._send_kind(MODELS[kind], own) if own else []
            if matched := [change for change in changes if change.match_key]:
                answers += self._send_matched(MODELS[kind], matched)
        return answers

    def collect(self, noted: str, batch: Sequence[Change]) -> list[Answer]:
        """No batch is ever noted by name."""
        raise DestinationError(f"Odoo knows no batch {noted!r}")

    def read(self, batch: Sequence[Change]) -> Held:
        """What Odoo holds now, told as it was wanted where Odoo has another form of the same (zero for none)."""
        found: Held = {}
        try:
            for kind, changes in _by_kind(change for change in batch if not _refusal(change)):
                ids = self._ids(MODELS[kind], changes)
                known = {change.key: ids[change.key][0] for change in changes if len(ids[change.key]) == 1}
                named = [replace(change, record_id=str(known[change.key])) for change in changes if change.key in known]
                held = self._held(MODELS[kind], named)
                for change in changes:
                    if row := held.get(known.get(change.key, 0)):
                        found[change.key] = {
                            name: value if _same(value, held_value) else held_value
                            for name, value in change.values.items()
                            for held_value in [_plain(row.get(name))]
                        }
        except OdooError as problem:
            raise self._failure(problem) from None
        return found

    def close(self) -> None:
        """Let go of the connection."""
        self._odoo.close()

    def _send_kind(self, model: str, changes: Sequence[Change]) -> list[Answer]:
        problems: Mapping[int, OdooError] = {}
        due: list[Change] = []
        try:
            held = self._held(model, changes)
            due = [change for change in changes if _exists(change, held) and not _is_held(change, held)]
            if due:
                problems = Writes(self._odoo, model).write_all(due)
                written = {int(change.record_id) for change in due}
                # what was deleted meanwhile must not be taken for still there
                held = {record: row for record, row in held.items() if record not in written} | self._held(model, due)
        except OdooError as problem:
            raise self._failure(problem) from None
        return [_judged(change, held, problems, change in due) for change in changes]

    def _send_matched(self, model: str, changes: Sequence[Change]) -> list[Answer]:
        """Write to the records that the match key finds, and make those that it does not find and that may be made."""
        try:
            ids = self._ids(model, changes)
            problems: Mapping[tuple[str, str], OdooError] = {}
            if new := [change for change in changes if not ids[change.key] and change.may_create]:
                problems = Writes(self._odoo, model).create_all(new)
                ids |= self._ids(model, new)
        except OdooError as problem:
            raise self._failure(problem) from None
        answers, found = [], {}
        for change in changes:
            if len(ids[change.key]) == 1:
                found[str(ids[change.key][0])] = change
            elif refusal := problems.get(change.key):
                answers.append(Answer(change, refusal.code, str(refusal)))
            else:
                answers.append(Answer(change, *(NOT_UNIQUE if ids[change.key] else NO_MATCH)))
        named = [replace(change, record_id=record, match_key="") for record, change in found.items()]
        made = {change.key for change in new}
        for answer in self._send_kind(model, named) if named else []:
            change = found[answer.change.record_id]
            # What was just made holds its values, and is news all the same.
            is_made = change.key in made and answer.code == "unchanged"
            answers.append(Answer(change) if is_made else replace(answer, change=change))
        return answers

    def _ids(self, model: str, changes: Sequence[Change]) -> dict[tuple[str, str], list[int]]:
        """The ids of the records that each change is about."""
        ids = {change.key: [] if change.match_key else [int(change.record_id)] for change in changes}
        keys = {change.match_key for change in changes if change.match_key}
        for key in keys:
            rows = {change.record_id: change for change in changes if change.match_key == key}
            domain = [[key, "in", list(rows)]]
            for record in self._odoo.call(model, "search_read", domain, [key], order="id", context=ARCHIVED_TOO):
                if row := rows.get(str(record[key])):
                    ids[row.key].append(int(record["id"]))
        self.pace.calls = self._odoo.calls
        return ids

    def _failure(self, problem: OdooError) -> CallFailed:
        return CallFailed(problem.code, str(problem), problem.retry_after)

    def _held(self, model: str, changes: Sequence[Change]) -> dict[int, dict[str, Any]]:
        self.pace.calls = self._odoo.calls
        names = sorted({name for change in changes for name in change.values})
        return self._odoo.read(model, [int(change.record_id) for change in changes], names)


def _by_kind(changes: Iterable[Change]) -> Iterable[tuple[str, list[Change]]]:
    kinds: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        kinds[change.object].append(change)
    return kinds.items()


def _description(field: Mapping[str, Any]) -> FieldDescription:
    selection = field.get("selection")
    return FieldDescription(
        type=field["type"],
        accepts=frozenset({ACCEPTS[field["type"]]} if field["type"] in ACCEPTS else ()),
        is_writable=not field.get("readonly"),
        length=field.get("size") or None,
        choices=frozenset(str(value) for value, _ in selection) if selection is not None else None,
    )


def _refusal(change: Change) -> Answer | None:
    """The answer for a change that need not be sent, because it cannot mean a record of Odoo."""
    if change.object not in MODELS:
        return Answer(change, "unknown_object", f"Odoo has no records of kind {change.object}")
    if change.match_key:
        return None
    # a number that PostgreSQL cannot hold would fail the whole batch
    if not re.fullmatch(r"[1-9][0-9]{0,9}", change.record_id) or int(change.record_id) > LARGEST_ID:
        return Answer(change, "not_a_record_id", "the ids of Odoo's records are whole numbers")
    return None


def _judged(
    change: Change, held: Mapping[int, Mapping[str, Any]], problems: Mapping[int, OdooError], was_due: bool
) -> Answer:
    """The answer for a row by what Odoo holds in the end, not by what it answered: it says yes to fields it ignores."""
    if not _exists(change, held):
        return Answer(change, "record_missing", "Odoo has no such record any more")
    if _is_held(change, held):
        return Answer(change) if was_due else Answer(change, "unchanged", "Odoo held the values before")
    if problem := problems.get(int(change.record_id)):
        return Answer(change, problem.code, str(problem))
    return Answer(change, "not_stored", "Odoo answered yes and holds something else all the same")


def _exists(change: Change, held: Mapping[int, Mapping[str, Any]]) -> bool:
    return int(change.record_id) in held


def _is_held(change: Change, held: Mapping[int, Mapping[str, Any]]) -> bool:
    row = held[int(change.record_id)]
    return all(name in row and _same(value, _plain(row[name])) for name, value in change.values.items())


def _same(wanted: Value, held: Value) -> bool:
    if isinstance(wanted, float) and isinstance(held, (int, float)):
        return math.isclose(wanted, held, rel_tol=1e-9, abs_tol=1e-6)
    # Odoo has no empty number (it is zero), and an empty text may be none at all
    return (wanted or None) == (held or None)


def _plain(value: Any) -> Value:
    """Odoo's own false means an empty text."""
    if value is None or value is False:
        return None
    return value if isinstance(value, (str, float)) else str(value)
