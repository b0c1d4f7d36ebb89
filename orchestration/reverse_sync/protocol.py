"""What a destination of the reverse sync is, and what it answers for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Outcome = Literal["accepted", "rejected", "retry"]


@dataclass(frozen=True)
class Change:
    """The fields of one CRM record that differ from what the CRM is known to hold.

    Attributes:
        lead_id: the person in the marts.
        object: the CRM's kind of record, ``lead`` or ``contact``.
        record_id: the CRM's own id of the record to write to.
        values: field name of the CRM to new value; ``None`` clears the field. Numbers are ``float``, all else text.
    """

    lead_id: str
    object: str
    record_id: str
    values: Mapping[str, str | float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class RowOutcome:
    """What became of one change.

    Attributes:
        change: the change that was sent.
        outcome: ``accepted`` (the CRM holds the values), ``rejected`` (permanent), ``retry`` (may pass later).
        code: the destination's own code, empty when accepted.
        message: the destination's own words, empty when accepted; never personal data or a secret.
    """

    change: Change
    outcome: Outcome
    code: str = ""
    message: str = ""


class Destination(Protocol):
    """A place that grades are written to: one module each. Batching and journal are written once, in ``push``."""

    name: str
    batch_size: int

    def prepare(self, fields: Mapping[str, str]) -> None:
        """Make sure the destination can hold the fields (name to type: ``text`` or ``number``).

        Raises:
            DestinationError: when the destination cannot be reached or a field cannot be made; says the cure.
        """

    def send(self, batch: Sequence[Change]) -> list[RowOutcome]:
        """Write one batch and answer for every row of it, in any order. A row's fault never fails the others."""

    def read(self, batch: Sequence[Change]) -> dict[tuple[str, str], dict[str, str | float | None]]:
        """What the destination holds now for the fields of each change, by (object, record_id); only what exists."""

    def close(self) -> None:
        """Let go of connections and open files."""


class DestinationError(RuntimeError):
    """The destination as a whole cannot be used now: not reachable, not logged in, misconfigured."""
