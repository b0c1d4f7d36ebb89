"""What landing can say about a file."""

from __future__ import annotations

from typing import Literal

Status = Literal["accepted", "held_back", "set_aside", "changed"]


class SetAsideError(Exception):
    """The file cannot be read. The text says why and what cures it; never a value of the file."""


class HeldBackError(Exception):
    """The file can be read, but lacks required columns."""

    def __init__(self, column_names: str, reason: str) -> None:
        super().__init__(reason)
        self.column_names = column_names
