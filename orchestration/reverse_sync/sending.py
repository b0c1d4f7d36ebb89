"""Sends changes to any destination: batches, limits, retries, splitting, outcomes, all written once.

Before a batch goes out its intent is in the journal, and its outcomes before the next one does. What the codes of a
destination mean is said by a seed (``sync_error_codes``), how patient we are by another.
"""

from __future__ import annotations

import gc
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from orchestration.reverse_sync.journal import AHEAD, TAKEN, Batch, Journal, same_value
from orchestration.reverse_sync.policy import Policy
from orchestration.reverse_sync.protocol import (
    Answer,
    CallFailed,
    Change,
    Destination,
    DestinationError,
    Held,
    NeedsMending,
    RowOutcome,
)

OnProgress = Callable[[int, int], None]
Newest = Callable[[Sequence[Change]], list[Change]]
Result = TypeVar("Result")
# Rows whose intents share a wait for the disk. So many are read back, at most, when a sync was killed.
ROWS_AHEAD = 2000
# The destination answered the call as a whole with a refusal: nothing of it was done.
REFUSALS = ("permanent", "unchanged", "too_large")


@dataclass(frozen=True)
class Sent:
    """What sending came to.

    Attributes:
        outcomes: the last outcome of each record that was sent.
        unsent: records that were not tried, because the run was stopped before.
        stopped: why it was stopped; empty when it was not.
    """

    outcomes: Sequence[RowOutcome]
    unsent: int = 0
    stopped: str = ""


class Sending:
    """One run's sending to one destination.

    Args:
        destination: where to; it is prepared.
        log: the journal.
        run_id: the run.
        policy: how to behave towards this destination.
        newest: the values of changes as they are now, read again before a retry; those that no longer differ are gone.
        go: whether somebody has said that many rejected rows are no reason to stop.
        on_progress: told after each batch how many records are answered, of how many.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        destination: Destination,
        log: Journal,
        run_id: str,
        policy: Policy,
        *,
        newest: Newest = list,
        go: bool = False,
        on_progress: OnProgress = lambda done, total: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._destination = destination
        self._log = log
        self._run_id = run_id
        self._policy = policy
        self._newest = newest
        self._go = go
        self._on_progress = on_progress
        self._sleep = sleep
        self._number = 0
        self._failures = 0
        self._stopped = ""
        self._largest = 1
        self._size = 1.0
        self._halves: deque[list[Change]] = deque()
        self._final: dict[tuple[str, str], RowOutcome] = {}

    @property
    def outcomes(self) -> Sequence[RowOutcome]:
        """The last outcome of each record so far."""
        return list(self._final.values())

    def recover(self) -> list[RowOutcome]:
        """Settle what a killed sync left open with this destination, by asking what became of it.

        Raises:
            DestinationError: when it cannot be asked. What is open stays open.
        """
        recovered: list[RowOutcome] = []
        self._log.land()
        for batch in list(self._log.open_batches(self._destination.name)):
            found = self._found_out(batch, "interrupted", "the sync was killed before this row arrived")
            if batch.number == AHEAD:
                # Most of these never went out, so what is not there was not tried.
                found = [outcome for outcome in found if outcome.outcome in TAKEN]
            # What did not arrive is due at once.
            outcomes = [replace(outcome, next_try_at=outcome.next_try_at and datetime.now(UTC)) for outcome in found]
            self._log.settle(batch, outcomes)
            self._log.land()
            recovered += outcomes
        return recovered

    def refuse(self, answers: Sequence[Answer]) -> list[RowOutcome]:
        """Keep the outcome of rows that need not be sent to know that they cannot be."""
        outcomes = [RowOutcome(answer.change, "rejected", answer.code, answer.message) for answer in answers]
        if outcomes:
            self._log.settle(self._next_batch([answer.change for answer in answers]), outcomes)
            self._final.update((outcome.change.key, outcome) for outcome in outcomes)
        return outcomes

    def send(self, changes: Sequence[Change]) -> Sent:
        """Send all changes; what may pass later is tried again after a pause, with the values of then.

        Raises:
            DestinationError: when the destination cannot be used any more. What was sent is kept.
        """
        # Python's collector would walk over all changes again and again; what comes now it still sees.
        gc.freeze()
        try:
            unsent = self._send_patiently(changes)
        finally:
            gc.unfreeze()
            self._log.land(self._run_id)
        return Sent(self.outcomes, unsent, self._stopped)

    def _send_patiently(self, changes: Sequence[Change]) -> int:
        """Send all changes, and again what may pass later. Gives the number that were not tried."""
        total = len(changes) + len(self._final)
        waiting, unsent = list(changes), 0
        for tries in range(self._policy.tries_in_a_run):
            if tries:
                self._sleep(self._pause(tries))
                waiting = self._read_again(waiting)
            unsent = self._send_once(waiting, total)
            waiting = [o.change for o in self._final.values() if o.outcome == "retry"]
            if self._stopped or not waiting:
                break
        return unsent

    def _read_again(self, waiting: Sequence[Change]) -> list[Change]:
        """A value that is no longer wanted is never sent; what no longer differs needs no try."""
        attempts = {change.key: change.attempt for change in waiting}
        return [replace(change, attempt=attempts[change.key] + 1) for change in self._newest(waiting)]

    def _send_once(self, changes: Sequence[Change], total: int) -> int:
        """Send every change once, in as many batches as it takes. Gives the number that were not sent."""
        queue = deque(sorted(changes, key=lambda change: (change.way, change.account, change.record_id)))
        self._largest = max(1, self._destination.batch_size(len(queue)))
        self._size = min(self._size, self._largest) if self._failures else self._largest
        while queue or self._halves:
            self._obey_limits()
            if self._stopped:
                break
            rows = self._halves.popleft() if self._halves else self._take(queue)
            for outcome in self._send_batch(rows, queue):
                self._final[outcome.change.key] = outcome
            self._stop_loss()
            self._on_progress(sum(outcome.outcome != "retry" for outcome in self._final.values()), total)
        unsent = len(queue) + sum(len(half) for half in self._halves)
        self._halves.clear()
        return unsent

    def _take(self, queue: deque[Change]) -> list[Change]:
        """The next batch: rows of one way, as many as the destination bears."""
        rows = [queue.popleft()]
        way, size = rows[0].way, int(self._size)
        while queue and len(rows) < size and queue[0].way == way:
            rows.append(queue.popleft())
        return rows

    def _next_batch(self, rows: Sequence[Change]) -> Batch:
        self._number += 1
        return Batch(self._run_id, self._number, self._destination.name, rows)

    def _send_batch(self, rows: Sequence[Change], queue: Iterable[Change]) -> list[RowOutcome]:
        batch = self._next_batch(rows)
        self._log.intend(batch, islice(queue, max(0, ROWS_AHEAD - len(rows))))

        def note(name: str) -> None:
            nonlocal batch
            batch = self._log.note(batch, name)

        try:
            answers = self._destination.send(rows, note)
            outcomes = self._judge(rows, answers)
            self._failures = 0
            self._size = min(self._largest, self._size * 1.5 + 1)
        except CallFailed as failure:
            outcomes = self._judge_failure(batch, failure)
        if outcomes:
            self._log.settle(batch, outcomes)
        return outcomes

    def _judge(self, rows: Sequence[Change], answers: Iterable[Answer]) -> list[RowOutcome]:
        """Exactly one outcome a row, whatever the destination answered; what it did not say is read back."""
        answered = {answer.change.key: answer for answer in answers}
        silence = ("no_answer", "the destination did not answer for this row")
        each = [answered.get(row.key) or Answer(row, *silence) for row in rows]
        doubtful = [answer.change for answer in each if answer.code and self._policy.verdict(answer.code) == "unsure"]
        held = self._patiently(lambda: self._destination.read(doubtful)) if doubtful else {}
        return [
            RowOutcome(answer.change, "accepted")
            if not answer.code or (held and _arrived(answer.change, held))
            else self._outcome(answer)
            for answer in each
        ]

    def _outcome(self, answer: Answer, wait: float = 0.0) -> RowOutcome:
        """What the answer means, as the seed says."""
        change, code, message = answer.change, answer.code, answer.message
        verdict = self._policy.verdict(code)
        if verdict == "unchanged":
            return RowOutcome(change, "unchanged", code, message)
        if verdict in ("permanent", "too_large"):
            return RowOutcome(change, "rejected", code, message)
        if verdict == "stop":
            self._stopped = self._stopped or f"{message} ({code})"
        if verdict == "quota":
            self._stopped = self._stopped or f"the quota is used up ({code}); it begins anew at midnight"
            return RowOutcome(change, "retry", code, message, self._midnight())
        if change.attempt >= self._policy.attempts:
            return RowOutcome(change, "dead_letter", code, message)
        minutes = min(self._policy.retry_minutes * 2.0 ** (change.attempt - 1), self._policy.longest_retry_hours * 60)
        due = datetime.now(UTC) + timedelta(seconds=max(wait, minutes * 60))
        return RowOutcome(change, "retry", code, message, due)

    def _judge_failure(self, batch: Batch, failure: CallFailed) -> list[RowOutcome]:
        """What became of the rows of a call that failed as a whole. None: they are in the queue again, in halves."""
        rows, verdict = batch.changes, self._policy.verdict(failure.code)
        if verdict == "stop":
            if not batch.noted:
                self._log.withdraw(batch)
            raise NeedsMending(f"{self._destination.name}: {failure} ({failure.code})")
        if verdict in REFUSALS and not batch.noted:
            if verdict == "too_large":
                self._size = max(1.0, self._size / 2)
            if len(rows) == 1:
                return [self._outcome(Answer(rows[0], failure.code, str(failure)))]
            self._log.withdraw(batch)
            middle = len(rows) // 2
            self._halves.extendleft([list(rows[middle:]), list(rows[:middle])])
            return []
        self._failures += 1
        self._size = max(1.0, self._size / 2)
        if self._failures >= self._policy.failures_in_a_row:
            self._stopped = f"{self._failures} calls in a row failed, at last with {failure.code}"
        wait = failure.retry_after or 0.0
        self._destination.pace.rest(wait or self._pause(self._failures))
        if verdict == "unsure" or batch.noted:
            return self._found_out(batch, failure.code, str(failure))
        return [self._outcome(Answer(row, failure.code, str(failure)), wait) for row in rows]

    def _found_out(self, batch: Batch, code: str, message: str) -> list[RowOutcome]:
        """The outcomes of a batch whose answer nobody has seen, by asking the destination.

        Raises:
            DestinationError: when it cannot be asked. The batch stays open.
        """
        if batch.noted:
            collected = self._patiently(lambda: self._destination.collect(batch.noted, batch.changes))
            return self._judge(batch.changes, collected)
        held = self._patiently(lambda: self._destination.read(batch.changes))
        return [
            RowOutcome(change, "accepted") if _arrived(change, held) else self._outcome(Answer(change, code, message))
            for change in batch.changes
        ]

    def _patiently(self, ask: Callable[[], Result]) -> Result:
        """Ask, and ask again after a pause: without this answer nothing more may be sent.

        Raises:
            DestinationError: when there is no answer in the end.
        """
        for tries in range(1, self._policy.tries_in_a_run + 1):
            self._sleep(min(self._destination.pace.wait(), self._policy.longest_pause_seconds))
            try:
                return ask()
            except CallFailed as failure:
                verdict = self._policy.verdict(failure.code)
                if tries == self._policy.tries_in_a_run or verdict in ("stop", "quota"):
                    kind_of = NeedsMending if verdict == "stop" else DestinationError
                    raise kind_of(
                        f"{self._destination.name}: {failure} ({failure.code}). What was sent last is not known to "
                        "have arrived: start the sync again when the destination answers, it asks before it sends."
                    ) from None
                self._sleep(min(failure.retry_after or self._pause(tries), self._policy.longest_pause_seconds))
        raise AssertionError("tries_in_a_run is at least 1")

    def _pause(self, tries: int) -> float:
        """Seconds before the next try; the more tries, the longer, and never in step with others."""
        longest = min(self._policy.longest_pause_seconds, self._policy.first_pause_seconds * 2.0 ** (tries - 1))
        return longest * random.uniform(0.75, 1.0)  # noqa: S311 - no secret hangs on it

    def _obey_limits(self) -> None:
        """Wait as the destination asks, or stop when that takes too long or too much of its quota is used."""
        pace = self._destination.pace
        if pace.spent() >= self._policy.quota_percent:
            self._stopped = (
                f"{pace.quota_used:,} of {pace.quota_limit:,} calls of its quota are used, "
                f"and the sync leaves what is beyond {self._policy.quota_percent:g} % to others"
            )
        elif (wait := pace.wait()) > self._policy.longest_pause_seconds:
            self._stopped = f"the destination asks for a pause of {wait:,.0f} seconds"
        else:
            self._sleep(wait)

    def _stop_loss(self) -> None:
        """Many rejected rows mean that something is wrong with all of them."""
        answered = len(self._final)
        rejected = sum(outcome.outcome == "rejected" for outcome in self._final.values())
        percent = self._policy.stop_rejected_percent
        if not self._go and answered >= self._policy.stop_from_records and rejected * 100 > percent * answered:
            self._stopped = (
                f"{rejected:,} of {answered:,} records were rejected, more than {percent:g} %: "
                "look at their codes, then send the rest with --go"
            )

    def _midnight(self) -> datetime:
        """When the quota begins anew."""
        here = datetime.now(ZoneInfo(self._policy.quota_reset_zone))
        return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _arrived(change: Change, held: Held) -> bool:
    values = held.get(change.key)
    return values is not None and all(same_value(value, values.get(name)) for name, value in change.values.items())
