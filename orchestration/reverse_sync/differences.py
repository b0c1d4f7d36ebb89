"""What differs: the rows of the sync model, one change a CRM record, once the gate has let them pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from orchestration.engines.warehouse import Warehouse
from orchestration.gate import Unsound, require_sound
from orchestration.project import Manifest
from orchestration.reverse_sync.journal import TAKEN, KnownOutcomes, Standing, same_value
from orchestration.reverse_sync.policy import Policy, read_policy
from orchestration.reverse_sync.protocol import Change, Value

SYNC_MODEL = "sync_crm__lead_grades"
WITHHELD_MODEL = "sync_crm__withheld"
WANTED_MODEL = "sync_crm__wanted_values"
OUTCOMES_MODEL = "base_sync__outcomes"
POLICIES = "sync_policies"
ERROR_CODES = "sync_error_codes"
READ = (SYNC_MODEL, WANTED_MODEL, WITHHELD_MODEL, OUTCOMES_MODEL, POLICIES, ERROR_CODES)
Key = tuple[str, str]


class BadDifference(RuntimeError):  # noqa: N818
    """A row of the sync model that cannot be sent; names it."""


@dataclass(frozen=True)
class Differences:
    """What the warehouse says the CRM should hold and does not.

    Attributes:
        build_id: the build that said so.
        changes: one a record.
        before: what the CRM is known to hold instead, by record and field.
        fields: by kind of record, the type of each field, `text` or `number`.
        wanted_records: how many records are to hold something at all.
        withheld: how many leads or values are not sent although they could be, by reason.
        known: the outcomes of the destination that the build has read.
        standings: the last outcome that the build knows of each record that differs.
        policy: how to behave towards the destination.
    """

    build_id: str
    changes: Sequence[Change]
    before: Mapping[Key, Mapping[str, str | None]]
    fields: Mapping[str, Mapping[str, str]]
    wanted_records: int
    withheld: Mapping[str, int]
    known: KnownOutcomes
    standings: Mapping[Key, Standing]
    policy: Policy


@dataclass(frozen=True)
class Due:
    """Which of the changes are to be sent now.

    Attributes:
        changes: these.
        settled: records whose values were just sent, and taken.
        resting: records that were refused or given up with these very values, or whose next try is not due, by outcome.
    """

    changes: list[Change] = field(default_factory=list)
    settled: int = 0
    resting: dict[str, int] = field(default_factory=dict)


def read_differences(
    warehouse: Warehouse, manifest: Manifest, destination: str, only: str | None = None
) -> Differences:
    """Read the sync model, once the gate has let it pass.

    Args:
        warehouse: where the model is.
        manifest: of the dbt project.
        destination: where the rows are to go.
        only: the one lead whose rows are wanted.

    Raises:
        Unsound: when the gate is closed, or the rows were made for another destination.
        BadDifference: when a row cannot be sent.
        BadPolicy: when the seeds do not say how to behave towards the destination.
    """
    nodes = {name: node_of(manifest, name) for name in READ}
    relations = {name: relation_of(warehouse, manifest, unique_id) for name, unique_id in nodes.items()}
    build = require_sound(warehouse, manifest, list(nodes.values()), to="send")[nodes[SYNC_MODEL]]
    if build.destination != destination:
        raise Unsound(
            f"refused to send: the last build was made for the destination {build.destination!r}, not {destination!r}\n"
            f"Build again with LEADHOUSE_DESTINATION={destination}."
        )
    rows = warehouse.rows(
        f"""
        select
            object,
            record_id,
            min(lead_id) over (partition by object, record_id) as lead_id,
            coalesce(min(account) over (partition by object, record_id), '') as account,
            field,
            new_value,
            value_type,
            known_value,
            coalesce(match_key, ''),
            coalesce(may_create, false)
        from {relations[SYNC_MODEL]}
        {"where lead_id = ?" if only else ""}
        order by object, record_id, field
        """,
        [only] if only else [],
    )
    types: dict[str, dict[str, str]] = {}
    changes = [
        Change(
            lead_id,
            kind,
            record_id,
            _values(kind, record_id, fields, types.setdefault(kind, {})),
            account,
            match_key=match_key,
            may_create=may_create,
        )
        for (kind, record_id, lead_id, account, match_key, may_create), fields in groupby(
            rows, key=lambda row: (*row[:4], *row[8:])
        )
    ]
    before: dict[Key, dict[str, str | None]] = {}
    for row in rows:
        before.setdefault((row[0], row[1]), {})[row[4]] = row[7]
    ((wanted,),) = warehouse.rows(
        f"select count(*) from (select distinct object, record_id from {relations[WANTED_MODEL]}) as records"
    )
    return Differences(
        build_id=build.build_id,
        changes=changes,
        before=before,
        fields=types,
        wanted_records=wanted,
        withheld=dict(
            warehouse.rows(f"select reason, count(*) from {relations[WITHHELD_MODEL]} group by reason order by reason")
        ),
        known=_known_outcomes(warehouse, relations[OUTCOMES_MODEL], destination),
        standings=_standings(warehouse, relations[OUTCOMES_MODEL], relations[SYNC_MODEL], destination),
        policy=read_policy(warehouse, relations[POLICIES], relations[ERROR_CODES], destination),
    )


def sort_out(differences: Differences, unknown: Iterable[Mapping[str, object]], now: datetime, insist: bool) -> Due:
    """Which changes are to be sent now, after all that is known of earlier tries.

    Args:
        differences: what differs.
        unknown: outcome rows that the build does not know of, oldest first.
        now: UTC.
        insist: send also what rests.
    """
    standings: dict[Key, Standing] = dict(differences.standings)
    taken: dict[tuple[str, str, str], Value] = {}
    for row in unknown:
        key, standing = (str(row["object"]), str(row["record_id"])), Standing.of(row)
        standings[key] = standing
        if standing.outcome in TAKEN:
            taken.update({(*key, name): value for name, value in standing.values.items()})
    due = Due()
    settled = 0
    for change in differences.changes:
        values = {
            name: value
            for name, value in change.values.items()
            if (*change.key, name) not in taken or not same_value(value, taken[*change.key, name])
        }
        if not values:
            settled += 1
            continue
        left = replace(change, values=values)
        last = standings.get(change.key)
        if last is not None and last.outcome not in TAKEN and last.is_about(left):
            left = replace(left, attempt=last.attempt + 1)
            if not insist and _rests(last, differences.policy, now):
                due.resting[last.outcome] = due.resting.get(last.outcome, 0) + 1
                continue
        due.changes.append(left)
    return replace(due, settled=settled)


def _rests(standing: Standing, policy: Policy, now: datetime) -> bool:
    if standing.outcome == "rejected":
        return now < standing.sent_at + timedelta(hours=policy.rejected_rest_hours)
    if standing.outcome == "retry":
        return standing.next_try_at is not None and now < standing.next_try_at
    return standing.outcome == "dead_letter"


def sync_model(manifest: Manifest) -> str:
    """The unique id of the model that says what differs."""
    return node_of(manifest, SYNC_MODEL)


def sent_nodes(manifest: Manifest) -> list[str]:
    """The unique ids of all that a sync reads."""
    return [node_of(manifest, name) for name in READ]


def node_of(manifest: Manifest, name: str) -> str:
    """The unique id of a model or seed.

    Raises:
        Unsound: when the project has none of that name.
    """
    found = [
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed") and node["name"] == name
    ]
    if not found:
        raise Unsound(f"refused to send: the dbt project has no model or seed {name}")
    return str(found[0])


def relation_of(warehouse: Warehouse, manifest: Manifest, unique_id: str) -> str:
    """Its name in the warehouse, quoted."""
    node = manifest["nodes"][unique_id]
    return warehouse.quoted(node["schema"], node["alias"])


def _values(
    kind: str, record_id: str, rows: Iterable[tuple[str | None, ...]], known: dict[str, str]
) -> dict[str, Value]:
    """The values of one record; `known` gathers the type of each field."""
    values: dict[str, Value] = {}
    for row in rows:
        name, new_value, value_type = str(row[4]), row[5], str(row[6])
        where = f"{SYNC_MODEL}: {kind} {record_id}, field {name}"
        if value_type not in ("text", "number"):
            raise BadDifference(f"{where}: value_type is {value_type!r}; seeds/sync/ knows `text` and `number`")
        if known.setdefault(name, value_type) != value_type:
            raise BadDifference(f"{where}: it is {value_type} here and {known[name]} elsewhere; mend seeds/sync/")
        if name in values:
            raise BadDifference(f"{where}: more than one row; the model must have one row a record and field")
        values[name] = _number(new_value, where) if value_type == "number" else new_value
    return values


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


def _known_outcomes(warehouse: Warehouse, outcomes: str, destination: str) -> KnownOutcomes:
    rows = warehouse.rows(
        f"""
        select run_id, object, record_id, try_cast(attempt as bigint)
        from {outcomes}
        where destination = ? and run_id = (select max(run_id) from {outcomes} where destination = ?)
        """,
        [destination, destination],
    )
    return KnownOutcomes(rows[0][0] if rows else "", frozenset((row[1], row[2], row[3]) for row in rows))


def _standings(warehouse: Warehouse, outcomes: str, differences: str, destination: str) -> dict[Key, Standing]:
    """The last outcome of each record that differs, unless its values were taken."""
    names = ("object", "record_id", "outcome", "payload", "attempt", "sent_at", "next_try_at")
    rows = warehouse.rows(
        f"""
        with

        differing as (
            select distinct object, record_id from {differences}
        ),

        ranked as (
            select
                outcomes.object,
                outcomes.record_id,
                outcomes.outcome,
                outcomes.payload,
                try_cast(outcomes.attempt as bigint) as attempt,
                try_cast(outcomes.sent_at as timestamp) as sent_at,
                try_cast(outcomes.next_try_at as timestamp) as next_try_at,
                row_number() over (
                    partition by outcomes.object, outcomes.record_id
                    order by outcomes.run_id desc, try_cast(outcomes.attempt as bigint) desc
                ) as recency_rank
            from {outcomes} as outcomes
            inner join differing
                on outcomes.object = differing.object and outcomes.record_id = differing.record_id
            where outcomes.destination = ?
        )

        select {", ".join(names)}
        from ranked
        where recency_rank = 1 and outcome not in ('accepted', 'unchanged')
        """,
        [destination],
    )
    return {(row[0], row[1]): Standing.of(dict(zip(names, row, strict=True))) for row in rows}
