"""The journal of the sync: what was about to be sent, and what became of it.

Before a batch goes out, an intent says what is in it; once it is answered, its outcomes are appended to the landing
folder, from where the warehouse reads them back, and the intent goes. A sync that was killed leaves an intent behind:
the next one asks the destination which of its rows arrived.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration.files import sync_folder, write_whole
from orchestration.reverse_sync.protocol import Change, Destination, RowOutcome

RUN_ID_FORMAT = "%Y%m%dT%H%M%S%fZ"
SettledKey = tuple[str, str, str]
Value = str | float | None


@dataclass(frozen=True)
class Batch:
    """Changes that are sent in one go.

    Attributes:
        run_id: the sync run that sends them.
        number: which batch of the run.
        attempt: 1 for the first try; rows that may pass later are tried again in a batch of their own.
        destination: its name.
        changes: what is sent.
    """

    run_id: str
    number: int
    attempt: int
    destination: str
    changes: Sequence[Change] = field(repr=False)

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


class Journal:
    """Intents and outcomes of the sync.

    Args:
        outcomes: folder of the outcome files, inside landing.
        intents: folder of the intent files.
    """

    def __init__(self, outcomes: Path, intents: Path) -> None:
        self._outcomes = outcomes
        self._intents = intents

    def new_run_id(self, now: datetime | None = None) -> str:
        """An id that sorts after all earlier ones, also when the machine's clock was set back."""
        moment = now or datetime.now(UTC)
        known = [self._run_of(path) for path in (*self._files(self._outcomes), *self._files(self._intents))]
        if known and (newest := datetime.strptime(max(known), RUN_ID_FORMAT).replace(tzinfo=UTC)) >= moment:
            moment = newest + timedelta(microseconds=1)
        return moment.strftime(RUN_ID_FORMAT)

    def intend(self, batch: Batch) -> None:
        """Note, durably, what is about to be sent."""
        write_whole(self._intents / f"{batch.name}.json", json.dumps(_as_json(batch)))

    def settle(self, batch: Batch, outcomes: Iterable[RowOutcome]) -> None:
        """Note, durably, what became of a batch; then its intent has done its work."""
        sent_at = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ")
        rows = [_outcome_row(batch, outcome, sent_at) for outcome in outcomes]
        write_whole(self._outcomes / f"{batch.name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        self._forget(batch.name)

    def recover(self, destination: Destination) -> list[RowOutcome]:
        """Settle what a killed sync left open with this destination, by asking what it holds.

        Returns:
            The outcome of each row that was left open: accepted if the destination holds its values, else `retry`.
        """
        recovered: list[RowOutcome] = []
        for path in self._files(self._intents):
            if (self._outcomes / f"{path.stem}.jsonl").exists():
                self._forget(path.stem)
                continue
            batch = _from_json(json.loads(path.read_text(encoding="utf-8")))
            if batch.destination != destination.name:
                continue
            held = destination.read(batch.changes)
            outcomes = [_what_became_of(change, held) for change in batch.changes]
            self.settle(batch, outcomes)
            recovered += outcomes
        return recovered

    def has_open_intents(self) -> bool:
        """Whether some sync was killed while it was sending."""
        return any(True for _ in self._files(self._intents))

    def settled(self, destination: str, known: KnownOutcomes) -> dict[SettledKey, Value]:
        """The last value that was sent, taken or refused, of each field of each record, that the build cannot know of.

        Only one sync runs at a time and it first settles what an earlier one left open, so the files of a run are there
        before any of a later run to the same destination: a build that knows rows of a run knows all runs before it.

        Args:
            destination: whose answers count.
            known: the outcomes that the build has read.
        """
        values: dict[SettledKey, Value] = {}
        for path in self._files(self._outcomes):
            if self._run_of(path) < known.newest_run:
                continue
            for row in _rows(path):
                if row["destination"] != destination or row["outcome"] == "retry" or known.has(row):
                    continue
                for name, value in json.loads(row["payload"]).items():
                    values[row["object"], row["record_id"], name] = value
        return values

    def last_run(self) -> list[Mapping[str, Any]]:
        """The outcome rows of the newest run that sent something; empty when none did."""
        files = self._files(self._outcomes)
        return [row for path in files if self._run_of(path) == self._run_of(files[-1]) for row in _rows(path)]

    def _forget(self, name: str) -> None:
        (self._intents / f"{name}.json").unlink(missing_ok=True)
        sync_folder(self._intents)

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


def _what_became_of(change: Change, held: Mapping[tuple[str, str], Mapping[str, Value]]) -> RowOutcome:
    values = held.get((change.object, change.record_id))
    if values is not None and all(same_value(value, values.get(name)) for name, value in change.values.items()):
        return RowOutcome(change, "accepted")
    return RowOutcome(change, "retry", code="interrupted", message="the sync was killed before this row arrived")


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
        "attempt": batch.attempt,
    }


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _as_json(batch: Batch) -> dict[str, object]:
    return {
        "run_id": batch.run_id,
        "number": batch.number,
        "attempt": batch.attempt,
        "destination": batch.destination,
        "changes": [
            {"lead_id": c.lead_id, "object": c.object, "record_id": c.record_id, "values": dict(c.values)}
            for c in batch.changes
        ],
    }


def _from_json(content: Mapping[str, object]) -> Batch:
    changes = content["changes"]
    assert isinstance(changes, list)
    return Batch(
        run_id=str(content["run_id"]),
        number=int(str(content["number"])),
        attempt=int(str(content["attempt"])),
        destination=str(content["destination"]),
        changes=[Change(**change) for change in changes],
    )
