"""The books of the dirt that is planted on purpose, so that tests can ask whether each piece met its fate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dirt:
    """One kind of dirt in one file.

    `outcome` says what must become of the `expected` rows: `staged`, `duplicate`, `quarantined` by staging,
    `value_dropped` (staged without the bad value), `rejected` by landing; or of the file (`expected` is 1):
    `set_aside`, `held_back`, `left_alone`. `detail` names the rows' keys or the columns.
    """

    kind: str
    source: str
    table_name: str
    file: str
    outcome: str
    expected: int
    detail: str = ""
