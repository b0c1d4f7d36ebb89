"""The push: sends what differs, and only that, and keeps the outcome of every row as it happens."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orchestration.engines.warehouse import EngineError
from orchestration.gate import Unsound
from orchestration.home import Home
from orchestration.locks import Busy, Say, exclusive, say_to_stdout, warehouse_reader
from orchestration.project import Manifest
from orchestration.reverse_sync.checks import prepare, refusals
from orchestration.reverse_sync.differences import Differences, Due, read_differences, sort_out
from orchestration.reverse_sync.file import FileDestination
from orchestration.reverse_sync.journal import TAKEN, Journal
from orchestration.reverse_sync.pace import Pace
from orchestration.reverse_sync.protocol import Change, Destination, DestinationError, RowOutcome
from orchestration.reverse_sync.sending import OnProgress, Sending

Connect = Callable[[Home, str, str], Destination]
DESTINATIONS = ("file", "odoo", "salesforce", "hubspot")
FAILED = ("rejected", "retry", "dead_letter")
# A retry does not wait for a build: what it would send may be stale when that ends, and the next sync sends it.
WAIT_FOR_A_BUILD_SECONDS = 5.0


class TooMuchChanged(RuntimeError):  # noqa: N818
    """So many records would change that somebody should look first. Nothing was sent."""


@dataclass(frozen=True)
class SyncReport:
    """What a sync did.

    Attributes:
        run_id: the run; its outcomes carry it.
        destination: where to.
        records: how many CRM records differed.
        settled_before: of these, left out because an earlier sync had just sent the same.
        recovered: rows that a killed sync had left open and that turned out to have arrived.
        outcomes: rows that were sent, by outcome.
        resting: rows that wait for their next try, or were refused or given up with the same values, by outcome.
        withheld: leads or values that are not sent although they could be, by reason (`sync_crm__withheld`).
        overwritten: of the records that were due, how many would get another value than the one that they hold.
        unsent: rows that were not tried, because of a limit or because the run was stopped.
        stopped: why the run was stopped; empty when it was not.
        problems: how often each code was answered.
        calls: calls of the destination's interface.
    """

    run_id: str
    destination: str
    records: int = 0
    settled_before: int = 0
    recovered: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    resting: Mapping[str, int] = field(default_factory=dict)
    withheld: Mapping[str, int] = field(default_factory=dict)
    overwritten: int = 0
    unsent: int = 0
    stopped: str = ""
    problems: Mapping[str, int] = field(default_factory=dict)
    calls: int = 0

    @property
    def accepted(self) -> int:
        """Rows whose values the CRM holds now."""
        return sum(self.outcomes.get(outcome, 0) for outcome in TAKEN)

    @property
    def failed(self) -> int:
        """Rows that were sent and not taken."""
        return sum(self.outcomes.get(outcome, 0) for outcome in FAILED)

    @property
    def sent(self) -> int:
        """Rows that went out."""
        return self.accepted + self.failed

    @property
    def completion(self) -> float:
        """Share of the rows sent that were accepted; 1 when there was nothing to send."""
        return self.accepted / self.sent if self.sent else 1.0

    @property
    def is_complete(self) -> bool:
        """Whether nothing failed and nothing was left."""
        return not self.failed and not self.stopped

    def sentence(self) -> str:
        """The report in words."""
        if not self.sent and not self.recovered and not self.stopped and not self.unsent:
            words = "nothing to send: the CRM holds every grade"
            if self.settled_before:
                words += f" ({self.settled_before:,} records were just sent)"
            if self.resting:
                words = "nothing to send now"
        else:
            words = f"{self.sent:,} records sent to {self.destination}: {self.outcomes.get('accepted', 0):,} accepted"
            words += "".join(
                f", {self.outcomes[name]:,} {said}"
                for name, said in {
                    "unchanged": "unchanged",
                    "rejected": "rejected",
                    "retry": "to be tried again",
                    "dead_letter": "given up",
                }.items()
                if self.outcomes.get(name)
            )
        if self.recovered:
            words += f"; {self.recovered:,} from a broken-off sync had arrived"
        if self.resting:
            words += f"; {sum(self.resting.values()):,} wait or were refused before (--again sends them)"
        if self.unsent:
            words += f"; {self.unsent:,} not sent"
        if self.withheld:
            words += "\nwithheld: " + ", ".join(f"{count:,} {reason}" for reason, count in self.withheld.items())
        return f"{words}\nstopped: {self.stopped}" if self.stopped else words


def destination_name() -> str:
    """The destination that LEADHOUSE_DESTINATION names; without it, files.

    Raises:
        DestinationError: when there is none of that name.
    """
    name = os.environ.get("LEADHOUSE_DESTINATION", "").strip() or "file"
    if name not in DESTINATIONS:
        known = ", ".join(f"`{known}`" for known in DESTINATIONS)
        raise DestinationError(f"LEADHOUSE_DESTINATION is {name!r}: give one of {known}")
    return name


def journal(home: Home) -> Journal:
    """The journal of the sync of one Leadhouse."""
    return Journal(home.landing / "sync" / "outcomes", home.outbox / "intents", home.landing / "sync" / "runs")


def open_destination(home: Home, name: str, run_id: str) -> Destination:
    """The destination of that name. Only those who use a CRM need its client.

    Raises:
        DestinationError: when it is not configured.
    """
    if name == "odoo":
        from orchestration.reverse_sync.odoo import OdooDestination  # noqa: PLC0415

        return OdooDestination.from_environment()
    if name == "salesforce":
        from orchestration.reverse_sync.salesforce import SalesforceDestination  # noqa: PLC0415

        return SalesforceDestination.from_environment()
    if name == "hubspot":
        from orchestration.reverse_sync.hubspot import HubSpotDestination  # noqa: PLC0415

        return HubSpotDestination.from_environment()
    return FileDestination(home.outbox, run_id)


def push(
    home: Home,
    manifest: Manifest,
    *,
    on_progress: OnProgress = lambda done, total: None,
    say: Say = say_to_stdout,
    connect: Connect | None = None,
    only: str | None = None,
    limit: int | None = None,
    again: bool = False,
    go: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    on_read: Callable[[], None] = lambda: None,
) -> SyncReport:
    """Send every difference to the destination, unless the gate is closed.

    Args:
        home: whose warehouse, journal and outbox.
        manifest: of the dbt project.
        on_progress: told after each batch how many records are answered, of how many.
        say: told when another process has to be waited for, and what will not be sent and why.
        connect: opens the destination that LEADHOUSE_DESTINATION names; default is `open_destination`.
        only: send the rows of this lead alone.
        limit: send at most so many records.
        again: send also what rests: refused or given up with the same values, or not due yet.
        go: send although so much has changed, or was rejected, that a sync would stop to be looked at.
        sleep: waits for so many seconds.
        on_read: told when the differences were read: from now on others may write the warehouse.

    Raises:
        Unsound: when the last build, or a check on it, is not sound. Nothing is sent.
        TooMuchChanged: when more records would change than the seed allows. Nothing is sent.
        DestinationError: when the destination cannot be used now. What was sent is kept; the next sync goes on.
        BadDifference, BadPolicy: when a row of the model, or a seed, cannot be used. Nothing is sent.
        Busy: when another sync or build does not end in time.
    """
    name = destination_name()
    with exclusive(home.root / "sync.lock", "the sync", say=say):
        with warehouse_reader(home, "reading what differs", say=say) as warehouse:
            differences = read_differences(warehouse, manifest, name, only)
        on_read()
        log = journal(home)
        run_id, started_at = log.new_run_id(), datetime.now(UTC)
        due = sort_out(differences, log.unknown_rows(name, differences.known), started_at, again or bool(only))
        if not due.changes and not log.has_open_intents() and not log.has_trouble(name):
            records, withheld = len(differences.changes), differences.withheld
            return SyncReport(run_id, name, records, due.settled, resting=due.resting, withheld=withheld)
        destination: Destination | None = None
        sending: Sending | None = None
        recovered: list[RowOutcome] = []
        stopped = "broken off by an error"
        try:
            if not go:
                stop_if_too_much_changes(differences, due.changes)
            destination = (connect or open_destination)(home, name, run_id)
            newest = _Newest(home, manifest, differences.build_id, name=name, only=only, say=say)
            sending = Sending(
                destination, log, run_id, differences.policy, newest=newest, go=go, on_progress=on_progress, sleep=sleep
            )
            recovered = sending.recover()
            if recovered:
                unknown = log.unknown_rows(name, differences.known)
                due = sort_out(differences, unknown, datetime.now(UTC), again or bool(only))
            changes = due.changes[:limit]
            described = prepare(
                destination,
                differences.policy,
                _fields_of(changes, differences.fields),
                sorted({(change.object, change.match_key) for change in changes if change.match_key}),
            )
            refused = sending.refuse(refusals(changes, described))
            _tell(refused, say)
            unfit = {outcome.change.key for outcome in refused}
            stopped = sending.send([change for change in changes if change.key not in unfit]).stopped
        except (DestinationError, TooMuchChanged) as problem:
            stopped = str(problem)
            raise
        finally:
            if destination is not None:
                destination.close()
            pace = destination.pace if destination is not None else Pace()
            report = _report(run_id, name, differences, due, sending, recovered=recovered, stopped=stopped, pace=pace)
            log.end_run(_run_row(report, started_at, pace, is_partial=bool(only)))
    return report


def stop_if_too_much_changes(differences: Differences, changes: Sequence[Change]) -> None:
    """Stop when too many records would get another value than the one that they are known to hold.

    Filling what was empty is no reason to stop: a first sync fills everything.

    Raises:
        TooMuchChanged: says how many, of how many, and what to do.
    """
    policy = differences.policy
    overwritten = _overwritten(differences, changes)
    records = max(differences.wanted_records, len(changes))
    if overwritten >= policy.stop_from_records and overwritten * 100 > policy.stop_changed_percent * records:
        raise TooMuchChanged(
            f"stopped before anything was sent: {overwritten:,} of {records:,} records would get another value, "
            f"more than {policy.stop_changed_percent:g} % (seeds/sync/sync_policies.csv).\n"
            "Look at them with `python -m orchestration.reverse_sync --dry-run`; "
            "if it is right, send them with `python -m orchestration.reverse_sync --go`."
        )


def _overwritten(differences: Differences, changes: Sequence[Change]) -> int:
    return sum(
        any(differences.before[change.key].get(name) is not None for name in change.values) for change in changes
    )


class _Newest:
    """What changes should say by now: read again only when a build has ended since."""

    def __init__(self, home: Home, manifest: Manifest, build_id: str, *, name: str, only: str | None, say: Say) -> None:
        self._home, self._manifest, self._build_id = home, manifest, build_id
        self._name, self._only, self._say = name, only, say

    def __call__(self, changes: Sequence[Change]) -> list[Change]:
        try:
            with warehouse_reader(
                self._home, "reading the newest values", say=self._say, wait_seconds=WAIT_FOR_A_BUILD_SECONDS
            ) as warehouse:
                newest = read_differences(warehouse, self._manifest, self._name, self._only)
        except (Busy, Unsound, EngineError) as problem:
            self._say(f"{len(changes):,} records are not tried again in this run: {str(problem).splitlines()[0]}")
            return []
        if newest.build_id == self._build_id:
            return list(changes)
        now = {change.key: change for change in newest.changes}
        return [now[change.key] for change in changes if change.key in now]


def _fields_of(changes: Sequence[Change], fields: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The fields that these changes write, by kind of record."""
    used: dict[str, dict[str, str]] = {}
    for change in changes:
        used.setdefault(change.object, {}).update({name: fields[change.object][name] for name in change.values})
    return used


def _tell(refused: Sequence[RowOutcome], say: Say) -> None:
    """Before the first row: what the destination's own fields cannot hold."""
    for (code, message), count in Counter((outcome.code, outcome.message) for outcome in refused).items():
        say(f"{count:,} records are not sent: {message} ({code})")


def _report(
    run_id: str,
    destination: str,
    differences: Differences,
    due: Due,
    sending: Sending | None,
    *,
    recovered: Sequence[RowOutcome],
    stopped: str,
    pace: Pace,
) -> SyncReport:
    outcomes = sending.outcomes if sending is not None else []
    tried = {outcome.change.key for outcome in outcomes}
    return SyncReport(
        run_id=run_id,
        destination=destination,
        records=len(differences.changes),
        settled_before=due.settled,
        recovered=sum(outcome.outcome in TAKEN for outcome in recovered),
        outcomes=Counter(outcome.outcome for outcome in outcomes),
        resting=due.resting,
        withheld=differences.withheld,
        overwritten=_overwritten(differences, due.changes),
        unsent=sum(change.key not in tried for change in due.changes),
        stopped=stopped,
        problems=Counter(outcome.code for outcome in outcomes if outcome.code and outcome.outcome not in TAKEN),
        calls=pace.calls,
    )


def _run_row(report: SyncReport, started_at: datetime, pace: Pace, *, is_partial: bool) -> dict[str, object]:
    """One row of the source sync.runs."""

    def text(moment: datetime) -> str:
        return moment.replace(tzinfo=None).isoformat(sep=" ")

    return {
        "run_id": report.run_id,
        "destination": report.destination,
        "started_at": text(started_at),
        "ended_at": text(datetime.now(UTC)),
        "records_differing": report.records,
        "records_resting": sum(report.resting.values()),
        "records_overwritten": report.overwritten,
        "records_unsent": report.unsent,
        "is_partial": is_partial,
        "stopped": report.stopped,
        "calls": report.calls,
        "quota_used": pace.quota_used,
        "quota_limit": pace.quota_limit,
    }
