"""Odoo as a destination of the sync: many rows a call, bad rows apart, and what was written is read back."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orchestration.odoo import CUSTOM_PREFIX, Odoo, OdooError, OdooRefusedError
from orchestration.reverse_sync.odoo_writes import Writes
from orchestration.reverse_sync.protocol import Change, DestinationError, RowOutcome

MODELS = {"lead": "crm.lead", "contact": "res.partner"}
"""The kind of record in the marts, and Odoo's model of it."""
FIELD_TYPES = {"text": ("char", "text"), "number": ("float",)}
"""The types of field that hold our values as they are; the first one is what we create."""
LARGEST_ID = 2**31 - 1

Value = str | float | None


class OdooDestination:
    """Writes grades to the leads and partners of one Odoo database."""

    name = "odoo"
    batch_size = 2000

    def __init__(self, odoo: Odoo) -> None:
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
            raise DestinationError(f"Odoo: {problem}") from None

    def prepare(self, fields: Mapping[str, str]) -> None:
        """Create the custom fields that are missing. See :class:`~orchestration.reverse_sync.protocol.Destination`."""
        try:
            for model in MODELS.values():
                self._prepare_model(model, fields)
        except OdooError as problem:
            raise DestinationError(f"Odoo: {problem} ({problem.code})") from None

    def send(self, batch: Sequence[Change]) -> list[RowOutcome]:
        """Write one batch and answer for every row of it."""
        outcomes = [outcome for change in batch if (outcome := _refusal(change))]
        refused = {id(outcome.change) for outcome in outcomes}
        for kind, changes in _by_kind(change for change in batch if id(change) not in refused):
            outcomes += self._send_kind(MODELS[kind], changes)
        return outcomes

    def read(self, batch: Sequence[Change]) -> dict[tuple[str, str], dict[str, Value]]:
        """What Odoo holds now, by (object, record_id); records that are not there are left out.

        Raises:
            DestinationError: when Odoo cannot be asked.
        """
        found: dict[tuple[str, str], dict[str, Value]] = {}
        try:
            for kind, changes in _by_kind(change for change in batch if not _refusal(change)):
                held = self._held(MODELS[kind], changes)
                for change in changes:
                    if row := held.get(int(change.record_id)):
                        found[kind, change.record_id] = {name: _plain(row.get(name)) for name in change.values}
        except OdooError as problem:
            raise DestinationError(f"Odoo: {problem} ({problem.code})") from None
        return found

    def close(self) -> None:
        """Let go of the connection."""
        self._odoo.close()

    def _prepare_model(self, model: str, fields: Mapping[str, str]) -> None:
        existing = self._odoo.fields(model)
        missing = {name: kind for name, kind in fields.items() if name not in existing}
        for name, kind in fields.items():
            if name in existing and existing[name] not in FIELD_TYPES[kind]:
                raise DestinationError(
                    f"Odoo: {model}.{name} is of type {existing[name]}, a {kind} needs {FIELD_TYPES[kind][0]}: "
                    "rename or remove it in Odoo, or name another field in seeds/sync/field_mappings.csv"
                )
            if name in missing and not name.startswith(CUSTOM_PREFIX):
                raise DestinationError(
                    f"Odoo: {model} has no field {name}, and only names with {CUSTOM_PREFIX} can be created: "
                    "correct seeds/sync/field_mappings.csv"
                )
        for name, kind in missing.items():
            self._odoo.create_field(model, name, FIELD_TYPES[kind][0])

    def _send_kind(self, model: str, changes: Sequence[Change]) -> list[RowOutcome]:
        problems: Mapping[int, OdooError] = {}
        try:
            held = self._held(model, changes)
            due = [change for change in changes if _exists(change, held) and not _is_held(change, held)]
            if due:
                problems = Writes(self._odoo, model).write_all(due)
                written = {int(change.record_id) for change in due}
                # what was deleted meanwhile must not be taken for still there
                held = {record: row for record, row in held.items() if record not in written} | self._held(model, due)
        except OdooError as problem:
            return [_outcome(change, problem) for change in changes]
        return [_judged(change, held, problems) for change in changes]

    def _held(self, model: str, changes: Sequence[Change]) -> dict[int, dict[str, Any]]:
        names = sorted({name for change in changes for name in change.values})
        return self._odoo.read(model, [int(change.record_id) for change in changes], names)


def _by_kind(changes: Iterable[Change]) -> Iterable[tuple[str, list[Change]]]:
    kinds: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        kinds[change.object].append(change)
    return kinds.items()


def _refusal(change: Change) -> RowOutcome | None:
    """The outcome of a change that need not be sent, because it cannot mean a record of Odoo."""
    if change.object not in MODELS:
        return RowOutcome(change, "rejected", "unknown_object", f"Odoo has no records of kind {change.object}")
    # a number that PostgreSQL cannot hold would fail the whole batch
    if not re.fullmatch(r"[1-9][0-9]{0,9}", change.record_id) or int(change.record_id) > LARGEST_ID:
        return RowOutcome(change, "rejected", "not_a_record_id", "the ids of Odoo's records are whole numbers")
    return None


def _judged(change: Change, held: Mapping[int, Mapping[str, Any]], problems: Mapping[int, OdooError]) -> RowOutcome:
    """The outcome of a row by what Odoo holds in the end, not by what it answered: it says yes to fields it ignores."""
    if not _exists(change, held):
        return RowOutcome(change, "rejected", "record_missing", "Odoo has no such record any more")
    if _is_held(change, held):
        return RowOutcome(change, "accepted")
    if problem := problems.get(int(change.record_id)):
        return _outcome(change, problem)
    return RowOutcome(change, "rejected", "not_stored", "Odoo answered yes and holds something else all the same")


def _outcome(change: Change, problem: OdooError) -> RowOutcome:
    may_pass = not isinstance(problem, OdooRefusedError) or problem.may_pass
    return RowOutcome(change, "retry" if may_pass else "rejected", problem.code, str(problem))


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
