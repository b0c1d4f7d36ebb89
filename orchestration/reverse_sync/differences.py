"""What differs: the rows of the sync model, one change a CRM record, once the gate has let them pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from orchestration.engines.warehouse import Warehouse
from orchestration.gate import Unsound, require_sound
from orchestration.project import Manifest
from orchestration.reverse_sync.journal import KnownOutcomes, same_value
from orchestration.reverse_sync.protocol import Change

SYNC_MODEL = "sync_crm__lead_grades"
OUTCOMES_MODEL = "base_sync__outcomes"


class BadDifference(RuntimeError):  # noqa: N818
    """A row of the sync model that cannot be sent; names it."""


@dataclass(frozen=True)
class Differences:
    """What the warehouse says the CRM should hold and does not.

    Attributes:
        changes: one a record.
        fields: type of each field, `text` or `number`.
        known: the outcomes of the destination that the build has read.
    """

    changes: Sequence[Change]
    fields: Mapping[str, str]
    known: KnownOutcomes


def read_differences(warehouse: Warehouse, manifest: Manifest, destination: str) -> Differences:
    """Read the sync model, once the gate has let it pass.

    Args:
        warehouse: where the model is.
        manifest: of the dbt project.
        destination: where the rows are to go.

    Raises:
        Unsound: when the gate is closed, or the rows were made for another destination.
        BadDifference: when a row cannot be sent.
    """
    model, outcomes = sync_model(manifest), _node(manifest, OUTCOMES_MODEL)
    built_for = require_sound(warehouse, manifest, [model, outcomes], to="send")[model].destination
    if built_for != destination:
        raise Unsound(
            f"refused to send: the last build was made for the destination {built_for!r}, not {destination!r}\n"
            f"Build again with LEADHOUSE_DESTINATION={destination}."
        )
    rows = warehouse.rows(
        f"""
        select
            object,
            record_id,
            min(lead_id) over (partition by object, record_id) as lead_id,
            field,
            new_value,
            value_type
        from {_relation(warehouse, manifest, model)}
        order by object, record_id, field
        """
    )
    types: dict[str, str] = {}
    changes = [
        _change(kind, record_id, lead_id, fields, types)
        for (kind, record_id, lead_id), fields in groupby(rows, key=lambda row: row[:3])
    ]
    sent = _relation(warehouse, manifest, outcomes)
    known = warehouse.rows(
        f"""
        select run_id, object, record_id, try_cast(attempt as bigint)
        from {sent}
        where destination = ? and run_id = (select max(run_id) from {sent} where destination = ?)
        """,
        [destination, destination],
    )
    newest = known[0][0] if known else ""
    return Differences(changes, types, KnownOutcomes(newest, frozenset((row[1], row[2], row[3]) for row in known)))


def without_settled(
    changes: Iterable[Change], settled: Mapping[tuple[str, str, str], str | float | None]
) -> list[Change]:
    """The changes less every value that was already sent since the build read the outcomes."""
    missing = object()
    kept = []
    for change in changes:
        values = {}
        for name, value in change.values.items():
            sent = settled.get((change.object, change.record_id, name), missing)
            if sent is missing or not same_value(value, sent):  # type: ignore[arg-type]
                values[name] = value
        if values:
            kept.append(replace(change, values=values))
    return kept


def sync_model(manifest: Manifest) -> str:
    """The unique id of the model that says what differs."""
    return _node(manifest, SYNC_MODEL)


def _node(manifest: Manifest, name: str) -> str:
    found = [
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["name"] == name
    ]
    if not found:
        raise Unsound(f"refused to send: the dbt project has no model {name}")
    return str(found[0])


def _relation(warehouse: Warehouse, manifest: Manifest, unique_id: str) -> str:
    node = manifest["nodes"][unique_id]
    return warehouse.quoted(node["schema"], node["alias"])


def _change(
    kind: str, record_id: str, lead_id: str, rows: Iterable[tuple[str | None, ...]], types: dict[str, str]
) -> Change:
    values: dict[str, str | float | None] = {}
    for row in rows:
        name, new_value, value_type = str(row[3]), row[4], str(row[5])
        where = f"{SYNC_MODEL}: {kind} {record_id}, field {name}"
        if value_type not in ("text", "number"):
            raise BadDifference(f"{where}: value_type is {value_type!r}; seeds/sync/ knows `text` and `number`")
        if types.setdefault(name, value_type) != value_type:
            raise BadDifference(f"{where}: it is {value_type} here and {types[name]} elsewhere; mend seeds/sync/")
        if name in values:
            raise BadDifference(f"{where}: more than one row; the model must have one row a record and field")
        values[name] = _number(new_value, where) if value_type == "number" else new_value
    return Change(lead_id, kind, record_id, values)


def _number(text: str | None, where: str) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadDifference(f"{where}: not a number; correct its value_type in seeds/sync/")
    return number


def known_values(warehouse: Warehouse, manifest: Manifest) -> dict[tuple[str, str, str], str | None]:
    """What the CRM is known to hold instead, by object, record and field."""
    model = _relation(warehouse, manifest, sync_model(manifest))
    rows = warehouse.rows(f"select object, record_id, field, known_value from {model}")
    return {(kind, record_id, field): value for kind, record_id, field, value in rows}
