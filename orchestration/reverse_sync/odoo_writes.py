"""Writes values to many of Odoo's records in few calls, and finds out which of them it refuses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from orchestration.odoo import ARCHIVED_TOO, LOG_IN_CODES, Odoo, OdooError, OdooRefusedError, OdooUnavailableError
from orchestration.reverse_sync.protocol import Change

QUIET = {"tracking_disable": True}
"""Context of a write that puts no note of every change under the record: twenty times as fast."""
NEW: Mapping[str, dict[str, str]] = {"crm.lead": {"default_type": "lead"}}
"""Context of a new record: without it Odoo may make an opportunity."""
GROUP_SIZE = 5
"""As many records with equal values are worth a call of their own; fewer share one with others."""
IMPORT_SIZE = 500


class Writes:
    """The writes of one batch to one model. ``problems`` holds by record id what went wrong; silence proves nothing."""

    def __init__(self, odoo: Odoo, model: str) -> None:
        self.problems: dict[int, OdooError] = {}
        self._odoo = odoo
        self._model = model

    def write_all(self, changes: Sequence[Change]) -> Mapping[int, OdooError]:
        """Write every change; gives the problems. Ids of the changes must be Odoo's."""
        groups: dict[frozenset[tuple[str, str | float | None]], list[Change]] = defaultdict(list)
        for change in changes:
            groups[frozenset(change.values.items())].append(change)
        own: dict[tuple[str, ...], list[Change]] = defaultdict(list)
        try:
            for group in groups.values():
                if len(group) >= GROUP_SIZE:
                    self._write(group)
                else:
                    own[tuple(sorted(group[0].values))] += group
            for names, rows in own.items():
                for start in range(0, len(rows), IMPORT_SIZE):
                    self._import(names, rows[start : start + IMPORT_SIZE])
        except OdooUnavailableError as problem:
            # what arrived of this call is seen when it is read back; the calls after it were not made
            self.problems.update({int(change.record_id): problem for change in changes})
        return self.problems

    def create_all(self, changes: Sequence[Change]) -> Mapping[tuple[str, str], OdooError]:
        """Make a record for every change, with the value of its match key; gives the problems by key of the change."""
        alike: dict[tuple[str, ...], list[Change]] = defaultdict(list)
        for change in changes:
            given = sorted(name for name, value in change.values.items() if value is not None)
            alike[change.match_key, *given].append(change)
        problems: dict[tuple[str, str], OdooError] = {}
        for names, rows in alike.items():
            for start in range(0, len(rows), IMPORT_SIZE):
                self._create(names, rows[start : start + IMPORT_SIZE], problems)
        return problems

    def _create(
        self, names: tuple[str, ...], changes: Sequence[Change], problems: dict[tuple[str, str], OdooError]
    ) -> None:
        """Import new records, all or nothing; rows that Odoo refuses go alone, to learn the cause."""
        context = QUIET | NEW.get(self._model, {})
        values = [{**change.values, change.match_key: change.record_id} for change in changes]
        try:
            rows = [[_as_text(row[name]) for name in names] for row in values]
            if self._odoo.call(self._model, "load", list(names), rows, context=context)["ids"]:
                return
        except OdooRefusedError:
            pass  # each alone says why
        for change, row in zip(changes, values, strict=True):
            try:
                self._odoo.call(self._model, "create", {name: row[name] for name in names}, context=context)
            except OdooRefusedError as problem:
                problems[change.key] = problem

    def _write(self, changes: Sequence[Change]) -> None:
        """Write equal values to all of the records, or halve them until those that Odoo refuses stand alone."""
        ids = [int(change.record_id) for change in changes]
        values = {name: False if value is None else value for name, value in changes[0].values.items()}
        try:
            self._odoo.call(self._model, "write", ids, values, context=QUIET)
        except OdooRefusedError as problem:
            if len(changes) == 1 or problem.code in LOG_IN_CODES:
                self.problems.update(dict.fromkeys(ids, problem))
                return
            for half in _halves(changes):
                self._write(half)

    def _import(self, names: Sequence[str], changes: Sequence[Change]) -> None:
        """Import values of the same fields, all or nothing; rows that Odoo refuses go alone, to learn the cause."""
        rows = [[change.record_id, *(_as_text(change.values[name]) for name in names)] for change in changes]
        try:
            answer = self._odoo.call(self._model, "load", [".id", *names], rows, context=QUIET | ARCHIVED_TOO)
        except OdooRefusedError:
            answer = {"ids": False, "messages": []}
        if answer["ids"]:
            return
        refused = {row for message in answer["messages"] if isinstance(row := message.get("record"), int)}
        if len(changes) == 1:
            self._write(changes)
        elif refused:
            for row in sorted(refused):
                self._write([changes[row]])
            if rest := [change for row, change in enumerate(changes) if row not in refused]:
                self._import(names, rest)
        else:
            for half in _halves(changes):
                self._import(names, half)


def _halves(changes: Sequence[Change]) -> tuple[Sequence[Change], Sequence[Change]]:
    middle = len(changes) // 2
    return changes[:middle], changes[middle:]


def _as_text(value: str | float | None) -> str:
    """Odoo's import wants text; an empty text empties the field."""
    return "" if value is None else str(value)
