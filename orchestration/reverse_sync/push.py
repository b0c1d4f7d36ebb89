"""The push: sends what differs, and only that, in batches, and keeps the outcome of every row as it happens."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from orchestration.home import Home
from orchestration.locks import Say, exclusive, say_to_stdout, warehouse_reader
from orchestration.project import Manifest
from orchestration.reverse_sync.differences import read_differences, without_settled
from orchestration.reverse_sync.file import FileDestination
from orchestration.reverse_sync.journal import Batch, Journal
from orchestration.reverse_sync.protocol import Change, Destination, DestinationError, RowOutcome

ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 1.0

OnProgress = Callable[[int, int], None]
Connect = Callable[[Home, str, str], Destination]


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


def destination_name() -> str:
    """The destination that LEADHOUSE_DESTINATION names; without it, files."""
    return os.environ.get("LEADHOUSE_DESTINATION", "").strip() or "file"


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
        # Only those who have an Odoo need its client.
        from orchestration.reverse_sync.odoo import OdooDestination  # noqa: PLC0415

        destination: Destination = OdooDestination.from_environment()
        return destination
    raise DestinationError(f"LEADHOUSE_DESTINATION is {name!r}: give `file` or `odoo`")


def push(
    home: Home,
    manifest: Manifest,
    on_progress: OnProgress = lambda done, total: None,
    say: Say = say_to_stdout,
    connect: Connect | None = None,
) -> SyncReport:
    """Send every difference to the destination, unless the gate is closed.

    Args:
        home: whose warehouse, journal and outbox.
        manifest: of the dbt project.
        on_progress: told after each batch how many records are answered, of how many.
        say: told when another process has to be waited for.
        connect: opens the destination that LEADHOUSE_DESTINATION names; default is `open_destination`.

    Raises:
        Unsound: when the last build, or a check on it, is not sound. Nothing is sent.
        DestinationError: when the destination cannot be used now. What was sent is kept; the next sync goes on.
        BadDifference: when a row of the model cannot be sent. Nothing is sent.
        Busy: when another sync or build does not end in time.
    """
    name = destination_name()
    with exclusive(home.root / "sync.lock", "the sync", say=say):
        with warehouse_reader(home, "reading what differs", say=say) as connection:
            differences = read_differences(connection, manifest, name)
        log = journal(home)
        run_id = log.new_run_id()
        if not differences.changes and not log.has_open_intents():
            return SyncReport(run_id, name, 0, 0, 0, 0, 0, 0, {})
        destination = (connect or open_destination)(home, name, run_id)
        try:
            destination.prepare(differences.fields)
            recovered = sum(outcome.outcome == "accepted" for outcome in log.recover(destination))
            changes = without_settled(differences.changes, log.settled(name, differences.known))
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
