"""The journal of the sync: what was about to be sent, and what became of it.

Before a batch goes out, an intent says what is in it; once it is answered, its outcomes are appended to the landing
folder, from where the warehouse reads them back, and the intent goes. A sync that was killed leaves an intent behind:
the next one asks the destination which of its rows arrived.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration.files import write_whole
from orchestration.reverse_sync.protocol import Change, RowOutcome, Value

RUN_ID_FORMAT = "%Y%m%dT%H%M%S%fZ"
TAKEN = ("accepted", "unchanged")
Key = tuple[str, str]


@dataclass(frozen=True)
class Batch:
    """Changes that are sent in one go.

    Attributes:
        run_id: the sync run that sends them.
        number: which batch of the run.
        destination: its name.
        changes: what is sent.
        noted: the name by which the destination knows the batch, if it gave one.
    """

    run_id: str
    number: int
    destination: str
    changes: Sequence[Change] = field(repr=False)
    noted: str = ""

    @property
    def name(self) -> str:
        """The name that its intent and its outcomes share."""
        return f"{self.run_id}_{self.number:06d}"


@dataclass(frozen=True)
class KnownOutcomes:
    """The outcomes of one destination that the warehouse has read.

    Attributes:
        newest_run: the greatest run id among them; empty if there are none.
        rows: object, record id and attempt of those of the newest run; landing may have met that run half way.
    """

    newest_run: str = ""
    rows: frozenset[tuple[str, str, int]] = frozenset()

    def has(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of an outcome file is among them."""
        key = (row["object"], row["record_id"], row["attempt"])
        return row["run_id"] < self.newest_run or (row["run_id"] == self.newest_run and key in self.rows)


@dataclass(frozen=True)
class Standing:
    """The last that was heard of a record.

    Attributes:
        outcome: what became of it.
        values: what was sent.
        attempt: which try that was.
        sent_at: when, UTC.
        next_try_at: when a retry is due, UTC.
    """

    outcome: str
    values: Mapping[str, Value]
    attempt: int
    sent_at: datetime
    next_try_at: datetime | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Standing:
        """From a row of the source ``sync.outcomes``."""
        return cls(
            row["outcome"],
            json.loads(row["payload"]),
            int(row["attempt"] or 1),
            _moment(row["sent_at"]) or datetime.now(UTC),
            _moment(row.get("next_try_at")),
        )

    def is_about(self, change: Change) -> bool:
        """Whether it is the values of this change that were sent."""
        return all(
            name in self.values and same_value(value, self.values[name]) for name, value in change.values.items()
        )


class Journal:
    """Intents, outcomes and runs of the sync.

    Args:
        outcomes: folder of the outcome files, inside landing.
        intents: folder of the intent files.
        runs: folder of what each run came to, inside landing.
    """

    def __init__(self, outcomes: Path, intents: Path, runs: Path) -> None:
        self._outcomes = outcomes
        self._intents = intents
        self._runs = runs

    def new_run_id(self, now: datetime | None = None) -> str:
        """An id that sorts after all earlier ones, also when the machine's clock was set back."""
        moment = now or datetime.now(UTC)
        folders = (self._outcomes, self._intents, self._runs)
        known = [self._run_of(path) for folder in folders for path in self._files(folder)]
        if known and (newest := datetime.strptime(max(known), RUN_ID_FORMAT).replace(tzinfo=UTC)) >= moment:
            moment = newest + timedelta(microseconds=1)
        return moment.strftime(RUN_ID_FORMAT)

    def intend(self, batch: Batch) -> None:
        """Note, durably, what is about to be sent."""
        write_whole(self._intents / f"{batch.name}.json", json.dumps(_as_json(batch)))

    def note(self, batch: Batch, noted: str) -> Batch:
        """Note, durably, by which name the destination will know the batch."""
        write_whole(self._intents / f"{batch.name}.noted", noted)
        return replace(batch, noted=noted)

    def withdraw(self, batch: Batch) -> None:
        """Nothing of this batch reached the destination."""
        self._forget(batch.name)

    def settle(self, batch: Batch, outcomes: Iterable[RowOutcome]) -> None:
        """Note, durably, what became of a batch; then its intent has done its work."""
        sent_at = _text(datetime.now(UTC))
        rows = [_outcome_row(batch, outcome, sent_at) for outcome in outcomes]
        write_whole(self._outcomes / f"{batch.name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        self._forget(batch.name)

    def open_batches(self, destination: str) -> Iterator[Batch]:
        """What a killed sync left open with a destination, oldest first."""
        for path in self._files(self._intents):
            if (self._outcomes / f"{path.stem}.jsonl").exists():
                self._forget(path.stem)
                continue
            batch = _from_json(json.loads(path.read_text(encoding="utf-8")))
            if (noted := path.with_suffix(".noted")).exists():
                batch = replace(batch, noted=noted.read_text(encoding="utf-8"))
            if batch.destination == destination:
                yield batch

    def has_open_intents(self) -> bool:
        """Whether some sync was killed while it was sending."""
        return any(True for _ in self._files(self._intents))

    def unknown_rows(self, destination: str, known: KnownOutcomes) -> list[Mapping[str, Any]]:
        """The outcome rows that the build cannot know of, oldest first.

        Only one sync runs at a time and it first settles what an earlier one left open, so the files of a run are there
        before any of a later run to the same destination: a build that knows rows of a run knows all runs before it.

        Args:
            destination: whose answers count.
            known: the outcomes that the build has read.
        """
        return [
            row
            for path in self._files(self._outcomes)
            if self._run_of(path) >= known.newest_run
            for row in _rows(path)
            if row["destination"] == destination and not known.has(row)
        ]

    def end_run(self, row: Mapping[str, Any]) -> None:
        """Note, durably, what a run came to: a row of the source ``sync.runs``."""
        write_whole(self._runs / f"{row['run_id']}_run.jsonl", json.dumps(row) + "\n")

    def last_run(self) -> list[Mapping[str, Any]]:
        """The outcome rows of the newest run that sent something; empty when none did."""
        files = self._files(self._outcomes)
        return [row for path in files if self._run_of(path) == self._run_of(files[-1]) for row in _rows(path)]

    def _forget(self, name: str) -> None:
        # Need not be durable: an intent that comes back is known by its outcomes, or reads back that nothing arrived.
        (self._intents / f"{name}.json").unlink(missing_ok=True)
        (self._intents / f"{name}.noted").unlink(missing_ok=True)

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        """Finished files in the order in which they were written."""
        return sorted(path for path in folder.glob("*_*.json*") if not path.name.startswith("."))

    @staticmethod
    def _run_of(path: Path) -> str:
        return path.name.partition("_")[0]


def same_value(wanted: Value, held: Value) -> bool:
    """Whether a destination holds what was wanted; numbers may have passed through text or a rounded field."""
    if isinstance(wanted, float | int) and held is not None:
        try:
            return math.isclose(float(wanted), float(held), rel_tol=1e-9, abs_tol=1e-6)
        except ValueError:
            return False
    return (wanted or None) == (held or None)


def _outcome_row(batch: Batch, outcome: RowOutcome, sent_at: str) -> dict[str, object]:
    """One row of the source sync.outcomes."""
    change = outcome.change
    return {
        "run_id": batch.run_id,
        "sent_at": sent_at,
        "destination": batch.destination,
        "object": change.object,
        "record_id": change.record_id,
        "lead_id": change.lead_id,
        "payload": json.dumps(dict(change.values), ensure_ascii=False),
        "outcome": outcome.outcome,
        "code": outcome.code,
        "message": outcome.message,
        "attempt": change.attempt,
        "next_try_at": outcome.next_try_at and _text(outcome.next_try_at),
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


def _moment(value: str | datetime | None) -> datetime | None:
    """A time of ours, from text or from the warehouse; both are UTC without saying so."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) and value else value
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else None


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _as_json(batch: Batch) -> dict[str, object]:
    return {
        "run_id": batch.run_id,
        "number": batch.number,
        "destination": batch.destination,
        "changes": [
            {
                "lead_id": change.lead_id,
                "object": change.object,
                "record_id": change.record_id,
                "values": dict(change.values),
                "attempt": change.attempt,
            }
            for change in batch.changes
        ],
    }


def _from_json(content: Mapping[str, Any]) -> Batch:
    return Batch(
        run_id=content["run_id"],
        number=content["number"],
        destination=content["destination"],
        changes=[Change(**change) for change in content["changes"]],
    )
