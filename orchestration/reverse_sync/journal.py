"""The journal of the sync: what was about to be sent, and what became of it.

Each run appends to one file. Before a batch goes out its intent is in it, and its outcomes before the next one does: a
kill takes nothing. A power cut takes what the disk was not waited for, so rows are made durable ahead of their going
out, many in one wait. When the run ends its outcomes go to the landing folder as one file, from where the warehouse
reads them back, and the run's own file goes. A run that was killed leaves it behind: the next one lands its outcomes
and asks the destination which of the rows without one arrived.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from orchestration.files import sync_file, sync_folder, write_whole
from orchestration.reverse_sync.protocol import Change, RowOutcome, Value

RUN_ID_FORMAT = "%Y%m%dT%H%M%S%fZ"
TAKEN = ("accepted", "unchanged")
AHEAD = 999_999
"""The number of the batch that holds the rows ahead: those that no batch has named yet, as far as the disk knows."""
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
            orjson.loads(row["payload"]),
            int(row["attempt"] or 1),
            _moment(row["sent_at"]) or datetime.now(UTC),
            _moment(row.get("next_try_at")),
        )

    def is_about(self, change: Change) -> bool:
        """Whether it is the values of this change that were sent."""
        return all(
            name in self.values and same_value(value, self.values[name]) for name, value in change.values.items()
        )


@dataclass
class _Story:
    """What the file of a run tells.

    Attributes:
        open: batches that nothing was heard of, by number, as they stand in the file.
        settled: the outcome rows of the others.
        newest: the number of the last one among these.
    """

    open: dict[int, dict[str, Any]] = field(default_factory=dict)
    settled: list[dict[str, Any]] = field(default_factory=list)
    newest: int = 0
    _ahead: dict[Key, dict[str, Any]] = field(default_factory=dict)
    _batch: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> _Story:
        """From the file; what stands behind the last whole line was never relied on."""
        story = cls()
        for entry in _whole_lines(path):
            if "outcomes" in entry:
                story._settle(entry["number"], entry["outcomes"])
            elif "changes" in entry:
                story._intend(entry)
            else:
                story.open[entry["number"]]["noted"] = entry["noted"]
        if story._ahead:
            rows = list(story._ahead.values())
            story.open[AHEAD] = {**story._batch, "number": AHEAD, "noted": "", "changes": rows}
        return story

    def _intend(self, entry: dict[str, Any]) -> None:
        self._batch = entry
        if entry["number"] == AHEAD:
            self._ahead |= _by_key(entry)
            return
        self.open[entry["number"]] = entry
        for key in _by_key(entry):
            self._ahead.pop(key, None)

    def _settle(self, number: int, outcomes: list[dict[str, Any]]) -> None:
        sent = self.open.pop(number, None)
        if number == AHEAD:
            self._ahead = {}
        elif sent and not outcomes:
            # It was withdrawn, to go out in halves.
            self._ahead |= _by_key(sent)
        if outcomes:
            self.settled += outcomes
            self.newest = number


@dataclass
class _Told:
    """What a run in progress has told its file, so that its end need not read it again.

    Attributes:
        open: numbers of the batches that nothing was heard of.
        settled: the outcome rows of the others, as JSON.
        newest: the number of the last one among these.
    """

    open: set[int] = field(default_factory=set)
    settled: list[bytes] = field(default_factory=list)
    newest: int = 0


class Journal:
    """Intents, outcomes and runs of the sync.

    Args:
        outcomes: folder of the outcome files, inside landing.
        intents: folder of the runs' own files; there are none when no sync runs and none was killed.
        runs: folder of what each run came to, inside landing.
    """

    def __init__(self, outcomes: Path, intents: Path, runs: Path) -> None:
        self._outcomes = outcomes
        self._intents = intents
        self._runs = runs
        self._durable: dict[int, Change] = {}
        self._told: dict[str, _Told] = {}

    def new_run_id(self, now: datetime | None = None) -> str:
        """An id that sorts after all earlier ones, also when the machine's clock was set back."""
        moment = now or datetime.now(UTC)
        folders = (self._outcomes, self._intents, self._runs)
        known = [self._run_of(path) for folder in folders for path in self._files(folder)]
        if known and (newest := datetime.strptime(max(known), RUN_ID_FORMAT).replace(tzinfo=UTC)) >= moment:
            moment = newest + timedelta(microseconds=1)
        return moment.strftime(RUN_ID_FORMAT)

    def intend(self, batch: Batch, ahead: Iterable[Change] = ()) -> None:
        """Note what is about to be sent. Its rows are durable afterwards, and all that was noted before them.

        Args:
            batch: what is about to be sent.
            ahead: what will be sent after it: waits for the disk together with it.
        """
        is_durable = all(id(change) in self._durable for change in batch.changes)
        if not is_durable:
            rows = list(ahead)
            self._durable = {id(change): change for change in (*batch.changes, *rows)}
            if rows:
                self._append(batch, replace(batch, number=AHEAD, changes=rows), is_durable=False)
        self._append(batch, batch, is_durable=not is_durable)
        if told := self._told.get(batch.run_id):
            told.open.add(batch.number)

    def note(self, batch: Batch, noted: str) -> Batch:
        """Note, durably, by which name the destination will know the batch."""
        self._append(batch, {"number": batch.number, "noted": noted}, is_durable=True)
        return replace(batch, noted=noted)

    def withdraw(self, batch: Batch) -> None:
        """Nothing of this batch reached the destination."""
        self.settle(batch, [])

    def settle(self, batch: Batch, outcomes: Iterable[RowOutcome]) -> None:
        """Note what became of a batch. Should a power cut take that, the destination is asked."""
        sent_at = _text(datetime.now(UTC))
        rows = [orjson.dumps(_outcome_row(batch, outcome, sent_at)) for outcome in outcomes]
        self._append(batch, b'{"number":%d,"outcomes":[%b]}\n' % (batch.number, b",".join(rows)), is_durable=False)
        if told := self._told.get(batch.run_id):
            told.open.discard(batch.number)
            if rows:
                told.settled += rows
                told.newest = batch.number

    def land(self, ended: str = "") -> None:
        """Give the landing folder, durably, every outcome that it has not; only what is open stays behind.

        Begun again after a kill at any moment, it writes the same files.

        Args:
            ended: the run that ends here and knows that none of its rows ahead went out.
        """
        self._durable = {}
        for path in self._files(self._intents):
            run_id = self._run_of(path)
            told = self._told.pop(run_id, None)
            if told and run_id == ended and not told.open:
                self._write_outcomes(run_id, told.newest, told.settled)
                path.unlink()
                continue
            sync_file(path)
            story = _Story.of(path)
            if run_id == ended:
                story.open.pop(AHEAD, None)
            self._write_outcomes(run_id, story.newest, [orjson.dumps(row) for row in story.settled])
            if story.open:
                _write(path, story.open.values())
            else:
                path.unlink()

    def open_batches(self, destination: str) -> Iterator[Batch]:
        """What a killed sync left open with a destination, oldest first."""
        for path in self._files(self._intents):
            for entry in _Story.of(path).open.values():
                if entry["destination"] == destination:
                    changes = [Change(**change) for change in entry["changes"]]
                    yield Batch(**{**entry, "changes": changes})

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
        landed = [
            row for path in self._files(self._outcomes) if self._run_of(path) >= known.newest_run for row in _rows(path)
        ]
        waiting = [row for path in self._files(self._intents) for row in _Story.of(path).settled]
        return [row for row in landed + waiting if row["destination"] == destination and not known.has(row)]

    def end_run(self, row: Mapping[str, Any]) -> None:
        """Note, durably, what a run came to: a row of the source ``sync.runs``."""
        _write(self._runs / f"{row['run_id']}_run.jsonl", [row])

    def has_trouble(self, destination: str) -> bool:
        """Whether the last run of all leads that told what it came to was stopped or left something untried."""
        for path in reversed(self._files(self._runs)):
            for row in _rows(path):
                if row["destination"] == destination and not row.get("is_partial"):
                    return bool(row["stopped"] or row["records_unsent"])
        return False

    def last_run(self) -> list[Mapping[str, Any]]:
        """The outcome rows of the newest run that sent something; empty when none did."""
        files = self._files(self._outcomes)
        return [row for path in files if self._run_of(path) == self._run_of(files[-1]) for row in _rows(path)]

    def _write_outcomes(self, run_id: str, newest: int, rows: Sequence[bytes]) -> None:
        if rows:
            write_whole(self._outcomes / f"{run_id}_{newest:06d}.jsonl", b"\n".join([*rows, b""]))

    def _append(self, batch: Batch, entry: Mapping[str, Any] | Batch | bytes, *, is_durable: bool) -> None:
        path = self._intents / f"{batch.run_id}_sent.jsonl"
        is_new = not path.exists()
        if is_new:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._told[batch.run_id] = _Told()
        with path.open("ab") as file:
            file.write(entry if isinstance(entry, bytes) else _line(entry))
            file.flush()
            if is_durable:
                os.fsync(file.fileno())
        if is_new:
            sync_folder(path.parent)

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        """Finished files in the order in which they were written."""
        return sorted(path for path in folder.glob("*_*.jsonl") if not path.name.startswith("."))

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
        "payload": orjson.dumps(change.values, default=dict).decode(),
        "outcome": outcome.outcome,
        "code": _storable(outcome.code),
        "message": _storable(outcome.message),
        "attempt": change.attempt,
        "next_try_at": outcome.next_try_at and _text(outcome.next_try_at),
    }


def _storable(words: str) -> str:
    """A destination's words may hold halves of characters, which no file can."""
    return words.encode("utf-8", "replace").decode() if words else words


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


def _moment(value: str | datetime | None) -> datetime | None:
    """A time of ours, from text or from the warehouse; both are UTC without saying so."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) and value else value
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else None


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield orjson.loads(line)


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The entries up to where a kill or a power cut tore the file."""
    with path.open("rb") as file:
        for line in file:
            try:
                yield orjson.loads(line if line.endswith(b"\n") else b"")
            except ValueError:
                return


def _by_key(entry: Mapping[str, Any]) -> dict[Key, dict[str, Any]]:
    return {(change["object"], change["record_id"]): change for change in entry["changes"]}


def _line(entry: Mapping[str, Any] | Batch) -> bytes:
    return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)


def _write(path: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    write_whole(path, b"".join(map(_line, entries)))
