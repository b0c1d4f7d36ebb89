"""Checks of fields and values against what the destination says of its own fields, before the first row goes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from orchestration.reverse_sync.policy import Policy
from orchestration.reverse_sync.protocol import (
    Answer,
    CallFailed,
    Change,
    Destination,
    DestinationError,
    FieldDescription,
    NeedsMending,
    Value,
)

Descriptions = Mapping[str, Mapping[str, FieldDescription] | None]
WHERE = "seeds/sync/field_mappings.csv or sync_objects.csv"


def prepare(
    destination: Destination,
    policy: Policy,
    fields: Mapping[str, Mapping[str, str]],
    keys: Iterable[tuple[str, str]] = (),
) -> Descriptions:
    """Make sure that the destination can hold the fields: add what is missing where it can be added.

    Args:
        destination: where to.
        policy: what the codes of the destination mean.
        fields: by kind of record, the fields that are to be written with their type, ``text`` or ``number``.
        keys: kind of record and field of each match key; such a field is never added.

    Returns:
        What the destination says of its fields, by kind of record.

    Raises:
        DestinationError: when it cannot be asked.
        NeedsMending: names every field that cannot be written and the cure.
    """
    described: dict[str, Mapping[str, FieldDescription] | None] = {}
    problems: list[str] = []
    for kind, wanted in fields.items():
        try:
            known = destination.describe(kind)
            if known is not None and (missing := {name: wanted[name] for name in wanted if name not in known}):
                for name, value_type in missing.items():
                    problems += _added(destination, kind, name, value_type)
                known = destination.describe(kind) or {}
        except CallFailed as failure:
            kind_of = NeedsMending if policy.verdict(failure.code) == "stop" else DestinationError
            raise kind_of(f"{destination.name}: {failure} ({failure.code})") from None
        described[kind] = known
        if known is not None:
            problems += [
                problem
                for name, value_type in wanted.items()
                if name in known and (problem := _field_problem(kind, name, value_type, known[name]))
            ]
    for kind, key in keys:
        known = described[kind]
        if known is not None and (problem := _key_problem(kind, key, known.get(key))):
            problems.append(problem)
    if problems:
        listed = "\n  ".join(problems)
        raise NeedsMending(f"{destination.name}: nothing was sent, because\n  {listed}\nMend it there or in {WHERE}.")
    return described


def refusals(changes: Iterable[Change], described: Descriptions) -> list[Answer]:
    """An answer for every change with a value that its field cannot hold."""
    found = []
    for change in changes:
        fields = described.get(change.object)
        for name, value in change.values.items() if fields is not None else ():
            if fields is not None and name in fields and (problem := _value_problem(name, value, fields[name])):
                found.append(Answer(change, *problem))
                break
    return found


def _added(destination: Destination, kind: str, name: str, value_type: str) -> Sequence[str]:
    try:
        destination.create_field(kind, name, value_type)
    except DestinationError as problem:
        return [str(problem)]
    return []


def _field_problem(kind: str, name: str, value_type: str, field: FieldDescription) -> str | None:
    if value_type not in field.accepts:
        return f"{kind}.{name} is of type {field.type}, which does not hold a {value_type}"
    if not field.is_writable:
        return f"{kind}.{name} cannot be written: it is calculated, read-only or closed to this user"
    return None


def _key_problem(kind: str, key: str, field: FieldDescription | None) -> str | None:
    if field is None:
        return f"{kind}.{key} is the match key, and there is no such field"
    if field.is_key is False:
        return f"{kind}.{key} is the match key, and the field can find no record: it is no external id, or not unique"
    return None


def _value_problem(name: str, value: Value, field: FieldDescription) -> tuple[str, str] | None:
    """Code and words; never the value itself, which may be personal."""
    if isinstance(value, str) and field.choices is not None and value not in field.choices:
        return "not_a_choice", f"{name}: the value is none of the {len(field.choices)} that the field allows"
    if isinstance(value, str) and field.length is not None and len(value) > field.length:
        return "too_long", f"{name}: {len(value)} characters, the field holds {field.length}"
    if isinstance(value, float) and field.largest is not None and abs(value) > field.largest:
        return "too_large_number", f"{name}: the field holds numbers up to {field.largest:g}"
    return None
