"""The push: sends what differs, and only that, in batches, and keeps the outcome of every row as it happens."""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import duckdb

from orchestration.gate import Unsound, require_sound
from orchestration.home import Home
from orchestration.locks import Busy, Say, exclusive, say_to_stdout, warehouse_reader
from orchestration.progress import Progress
from orchestration.project import Manifest, ProjectError, read_manifest
from orchestration.reverse_sync.file import FileDestination
from orchestration.reverse_sync.journal import Batch, Journal, same_value
from orchestration.reverse_sync.protocol import Change, Destination, DestinationError, RowOutcome

SYNC_MODEL = "sync_crm__lead_grades"
OUTCOMES_MODEL = "base_sync__outcomes"
ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 1.0

OnProgress = Callable[[int, int], None]


class BadDifference(RuntimeError):
    """A row of the sync model that cannot be sent; names it."""


@dataclass(frozen=True)
class SyncReport:
    """What a sync did.

    Attributes:
        run_id: the run; its outcomes carry it.
        destination: where to.
        records: how many CRM records differed.
        settled_before: of these, left out because an earlier sync had just sent the same.
        recovered: rows that a killed sync had left open and that turned out to have arrived.
        accepted, rejected, retry: rows by outcome.
        problems: how often each code was answered.
    """

    run_id: str
    destination: str
    records: int
    settled_before: int
    recovered: int
    accepted: int
    rejected: int
    retry: int
    problems: Mapping[str, int]

    @property
    def sent(self) -> int:
        """Rows that went out."""
        return self.accepted + self.rejected + self.retry

    @property
    def completion(self) -> float:
        """Share of the rows sent that were accepted; 1 when there was nothing to send."""
        return self.accepted / self.sent if self.sent else 1.0

    def sentence(self) -> str:
        """The report in words."""
        if not self.sent and not self.recovered:
            nothing = "nothing to send: the CRM holds every grade"
            return f"{nothing} ({self.settled_before:,} records were just sent)" if self.settled_before else nothing
        words = f"{self.sent:,} records sent to {self.destination}: {self.accepted:,} accepted"
        words += f", {self.rejected:,} rejected, {self.retry:,} to be tried again"
        return f"{words}; {self.recovered:,} from a broken-off sync had arrived" if self.recovered else words


@dataclass(frozen=True)
class Differences:
    """What the warehouse says the CRM should hold and does not.

    Attributes:
        changes: one a record.
        fields: type of each field, `text` or `number`.
        newest_known_runs: the last sync run to each destination whose outcomes the build has read.
    """

    changes: Sequence[Change]
    fields: Mapping[str, str]
    newest_known_runs: Mapping[str, str]


def journal(home: Home) -> Journal:
    """The journal of the sync of one Leadhouse."""
    return Journal(home.landing / "sync" / "outcomes", home.outbox / "intents")


def open_destination(home: Home, name: str, run_id: str) -> Destination:
    """The destination that LEADHOUSE_DESTINATION names.

    Raises:
        DestinationError: when there is none of that name, or it is not configured.
    """
    if name == "file":
        return FileDestination(home.outbox, run_id)
    if name == "odoo":
        from orchestration.reverse_sync.odoo import OdooDestination

        destination: Destination = OdooDestination.from_environment()
        return destination
    raise DestinationError(f"LEADHOUSE_DESTINATION is {name!r}: give `file` or `odoo`")


def push(
    home: Home,
    manifest: Manifest,
    destination_name: str | None = None,
    on_progress: OnProgress = lambda done, total: None,
    say: Say = say_to_stdout,
) -> SyncReport:
    """Send every difference to the destination, unless the gate is closed.

    Args:
        home: whose warehouse, journal and outbox.
        manifest: of the dbt project.
        destination_name: `file` or `odoo`; default is what LEADHOUSE_DESTINATION says, else `file`.
        on_progress: told after each batch how many records are answered, of how many.
        say: told when another process has to be waited for.

    Raises:
        Unsound: when the last build, or a check on it, is not sound. Nothing is sent.
        DestinationError: when the destination cannot be used now. What was sent is kept; the next sync goes on.
        BadDifference: when a row of the model cannot be sent. Nothing is sent.
        Busy: when another sync or build does not end in time.
    """
    name = destination_name or os.environ.get("LEADHOUSE_DESTINATION", "").strip() or "file"
    with exclusive(home.root / "sync.lock", "the sync", say=say):
        with warehouse_reader(home, "reading what differs", say=say) as connection:
            differences = read_differences(connection, manifest)
        log = journal(home)
        run_id = log.new_run_id()
        if not differences.changes and not log.has_open_intents():
            return SyncReport(run_id, name, 0, 0, 0, 0, 0, 0, {})
        destination = open_destination(home, name, run_id)
        try:
            destination.prepare(differences.fields)
            recovered = sum(outcome.outcome == "accepted" for outcome in log.recover(destination))
            changes = without_settled(
                differences.changes, log.settled(name, differences.newest_known_runs.get(name, ""))
            )
            outcomes = _send_all(destination, log, run_id, changes, on_progress)
        finally:
            destination.close()
    counts = Counter(outcome.outcome for outcome in outcomes)
    return SyncReport(
        run_id=run_id,
        destination=name,
        records=len(differences.changes),
        settled_before=len(differences.changes) - len(changes),
        recovered=recovered,
        accepted=counts["accepted"],
        rejected=counts["rejected"],
        retry=counts["retry"],
        problems=Counter(outcome.code for outcome in outcomes if outcome.code),
    )


def read_differences(connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> Differences:
    """Read the sync model, once the gate has let it pass.

    Raises:
        Unsound: when the gate is closed.
        BadDifference: when a row cannot be sent.
    """
    model, outcomes = sync_model(manifest), _node(manifest, OUTCOMES_MODEL)
    require_sound(connection, manifest, [model, outcomes], to="send")
    rows = connection.execute(
        f"""
        select
            object,
            record_id,
            min(lead_id) as lead_id,
            list(struct_pack(field := field, new_value := new_value, value_type := value_type) order by field) as fields
        from {_relation(manifest, model)}
        group by object, record_id
        order by object, record_id
        """
    ).fetchall()
    types: dict[str, str] = {}
    changes = [_change(kind, record_id, lead_id, fields, types) for kind, record_id, lead_id, fields in rows]
    newest = connection.execute(
        f"select destination, max(run_id) from {_relation(manifest, outcomes)} group by destination"
    ).fetchall()
    return Differences(changes, types, dict(newest))


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


def _relation(manifest: Manifest, unique_id: str) -> str:
    node = manifest["nodes"][unique_id]
    return f'"{node["schema"]}"."{node["alias"]}"'


def _change(
    kind: str, record_id: str, lead_id: str, fields: Sequence[Mapping[str, str | None]], types: dict[str, str]
) -> Change:
    values: dict[str, str | float | None] = {}
    for row in fields:
        name, value_type = str(row["field"]), str(row["value_type"])
        where = f"{SYNC_MODEL}: {kind} {record_id}, field {name}"
        if value_type not in ("text", "number"):
            raise BadDifference(f"{where}: value_type is {value_type!r}; seeds/sync/ knows `text` and `number`")
        if types.setdefault(name, value_type) != value_type:
            raise BadDifference(f"{where}: it is {value_type} here and {types[name]} elsewhere; mend seeds/sync/")
        if name in values:
            raise BadDifference(f"{where}: more than one row; the model must have one row a record and field")
        values[name] = _number(row["new_value"], where) if value_type == "number" else row["new_value"]
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


def _send_all(
    destination: Destination, log: Journal, run_id: str, changes: Sequence[Change], on_progress: OnProgress
) -> list[RowOutcome]:
    """Send in batches; what may pass later is tried again after a pause, in batches of its own."""
    final: list[RowOutcome] = []
    waiting = list(changes)
    number = 0
    for attempt in range(1, ATTEMPTS + 1):
        if attempt > 1 and waiting:
            time.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 2))
        again: list[RowOutcome] = []
        queue = iter(waiting)
        while rows := list(islice(queue, destination.batch_size)):
            number += 1
            batch = Batch(run_id, number, attempt, destination.name, rows)
            log.intend(batch)
            outcomes = _answers(rows, destination.send(rows))
            log.settle(batch, outcomes)
            final += [outcome for outcome in outcomes if outcome.outcome != "retry"]
            again += [outcome for outcome in outcomes if outcome.outcome == "retry"]
            on_progress(len(final), len(changes))
        waiting = [outcome.change for outcome in again]
    return final + again


def _answers(rows: Sequence[Change], outcomes: Iterable[RowOutcome]) -> list[RowOutcome]:
    """Exactly one outcome a row, whatever the destination answered."""
    answered = {(outcome.change.object, outcome.change.record_id): outcome for outcome in outcomes}
    silent = ("retry", "no_answer", "the destination did not answer for this row")
    return [answered.get((row.object, row.record_id)) or RowOutcome(row, *silent) for row in rows]  # type: ignore[arg-type]


def print_differences(home: Home, manifest: Manifest, limit: int) -> None:
    """Print what a sync would send, and send nothing.

    Args:
        home: whose warehouse.
        manifest: of the dbt project.
        limit: how many records to show.

    Raises:
        Unsound: when the gate is closed: then a sync would send nothing either.
    """
    with warehouse_reader(home, "reading what differs") as connection:
        differences = read_differences(connection, manifest)
        known = {
            (kind, record_id, field): value
            for kind, record_id, field, value in connection.execute(
                f"select object, record_id, field, known_value from {_relation(manifest, sync_model(manifest))}"
            ).fetchall()
        }
    name = os.environ.get("LEADHOUSE_DESTINATION", "").strip() or "file"
    settled = journal(home).settled(name, differences.newest_known_runs.get(name, ""))
    changes = without_settled(differences.changes, settled)
    for change in changes[:limit]:
        print(f"{change.object} {change.record_id} (lead {change.lead_id})")
        for field, value in change.values.items():
            before = known.get((change.object, change.record_id, field))
            print(f"    {field:<24} {_shown(before)} -> {_shown(value)}")
    if len(changes) > limit:
        print(f"... and {len(changes) - limit:,} more records (--limit shows more)")
    fields = Counter(field for change in changes for field in change.values)
    print(f"{len(changes):,} records differ; a sync would send them to {name}. Nothing was sent.")
    for field, count in sorted(fields.items()):
        print(f"    {field:<24} {count:>10,}")


def _shown(value: str | float | None) -> str:
    return "(nothing)" if value is None else str(value)


def main(arguments: list[str] | None = None) -> int:
    """The command `python -m orchestration.reverse_sync.push`."""
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.reverse_sync.push",
        description="Send to the CRM what differs from what it is known to hold. Refuses when the last build is not sound.",
        epilog="LEADHOUSE_DESTINATION is `file` (default, CSV files under outbox/) or `odoo`.",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the difference and send nothing")
    parser.add_argument("--limit", type=int, default=20, help="records to show in a dry run (default 20)")
    options = parser.parse_args(arguments)
    home = Home.from_environment()
    try:
        manifest = read_manifest(home)
        if options.dry_run:
            print_differences(home, manifest, options.limit)
            return 0
        report = push(home, manifest, on_progress=Progress("sync").show)
    except (Unsound, DestinationError, BadDifference, Busy, ProjectError, FileNotFoundError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(report.sentence())
    return 0 if report.sent == report.accepted else 2


if __name__ == "__main__":
    sys.exit(main())
