"""What a destination of the reverse sync is: one small module each. All else is written once, in ``sending``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from orchestration.reverse_sync.pace import Pace

Value = str | float | None
ValueType = Literal["text", "number"]
Outcome = Literal["accepted", "unchanged", "rejected", "retry", "dead_letter"]
Held = dict[tuple[str, str], dict[str, Value]]
NO_MATCH = ("no_match", "no record has this value in its match key, and none is to be made")
NOT_UNIQUE = ("not_unique", "more than one record has this value in its match key")
Note = Callable[[str], None]
"""Remembers, durably, the name under which the destination will know a batch, before it can begin with it."""


@dataclass(frozen=True)
class Change:
    """The fields of one CRM record that differ from what the CRM is known to hold.

    Attributes:
        lead_id: the person in the marts.
        object: the CRM's kind of record, ``lead`` or ``contact``.
        record_id: what identifies the record in the CRM, its own id or the value of the match key.
        values: field name of the CRM to new value; ``None`` clears the field. Numbers are ``float``, all else text.
        account: records of one account are sent side by side, so that two calls do not wait for one lock.
        attempt: which try to send these values this is, over all runs, from 1.
        match_key: the CRM's field that holds ``record_id``; empty when that is the record's own id.
        may_create: whether the CRM is to make the record when the match key finds none.
    """

    lead_id: str
    object: str
    record_id: str
    values: Mapping[str, Value] = field(default_factory=dict)
    account: str = ""
    attempt: int = 1
    match_key: str = ""
    may_create: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Kind and id of the record."""
        return self.object, self.record_id

    @property
    def way(self) -> tuple[str, str, bool]:
        """How the record is found: changes of one way can share a call."""
        return self.object, self.match_key, self.may_create


@dataclass(frozen=True)
class Answer:
    """What the destination says of one row.

    Attributes:
        change: the row.
        code: the destination's own code; empty when it took the values.
        message: the destination's own words; empty when it took the values; never personal data or a secret.
    """

    change: Change
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class RowOutcome:
    """What became of one row.

    Attributes:
        change: the change that was sent.
        outcome: ``accepted`` (the CRM holds the values), ``unchanged`` (it held them before), ``rejected`` (for good),
            ``retry`` (may pass later) or ``dead_letter`` (was tried too often).
        code: the destination's own code, empty when accepted.
        message: the destination's own words, empty when accepted; never personal data or a secret.
        next_try_at: when a ``retry`` is due, UTC.
    """

    change: Change
    outcome: Outcome
    code: str = ""
    message: str = ""
    next_try_at: datetime | None = None


@dataclass(frozen=True)
class FieldDescription:
    """What the destination itself says of one of its fields.

    Attributes:
        type: its own name of the type.
        accepts: which of our types of value it can hold as they are.
        is_writable: whether we may write it.
        length: most characters of a text.
        largest: greatest magnitude of a number.
        choices: the values that it is limited to.
        is_key: whether it can find a record as a match key, `None` when the destination does not say.
    """

    type: str
    accepts: frozenset[str]
    is_writable: bool = True
    length: int | None = None
    largest: float | None = None
    choices: frozenset[str] | None = None
    is_key: bool | None = None


class CallFailed(Exception):  # noqa: N818
    """A call that failed as a whole. A seed says by its code what that means for its rows.

    Args:
        code: the destination's own code, short and stable.
        message: the destination's own words, without personal data or secrets.
        retry_after: seconds to wait, when the destination named them.
    """

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class DestinationError(RuntimeError):
    """The destination as a whole cannot be used now: not reachable, not logged in, misconfigured."""


class NeedsMending(DestinationError):  # noqa: N818
    """It does not pass by itself: no settings, log-in, rights or such field. Asking again may lock an account."""


class Destination(Protocol):
    """A place that grades are written to. Each method makes its calls once: trying again is not its concern."""

    name: str
    pace: Pace

    def batch_size(self, rows: int) -> int:
        """How many rows one ``send`` takes, when so many are to be sent in all."""

    def describe(self, kind: str) -> Mapping[str, FieldDescription] | None:
        """The fields of a kind of record, ``None`` when the destination holds whatever it is given.

        Raises:
            CallFailed: when it cannot be asked.
            DestinationError: when there is no such kind of record, or no rights; says the cure.
        """

    def create_field(self, kind: str, name: str, value_type: str) -> None:
        """Add a field that is missing.

        Raises:
            DestinationError: when it cannot be added from here; says the cure.
        """

    def send(self, batch: Sequence[Change], note: Note) -> list[Answer]:
        """Write one batch of one way, and answer for its rows in any order. One row never fails the others.

        Raises:
            CallFailed: when the batch failed as a whole.
        """

    def collect(self, noted: str, batch: Sequence[Change]) -> list[Answer]:
        """The answers for a batch that was noted by a sync which did not live to see them; it is at an end afterwards.

        Raises:
            CallFailed: when it cannot be asked, or is not done yet.
        """

    def read(self, batch: Sequence[Change]) -> Held:
        """What the destination holds now for the fields of each change, by key; only records that exist.

        Raises:
            CallFailed: when it cannot be asked.
        """

    def close(self) -> None:
        """Let go of connections and open files."""
