"""How fast a destination wants to be spoken to, as its answers say, and how much of its quota is left."""

from __future__ import annotations

import time


class Pace:
    """What a destination has said of its limits. Its module tells, the sending obeys.

    Attributes:
        calls: how many calls were answered so far.
        quota_limit: calls that the destination allows in its period, usually a day.
        quota_used: how many of these are used up, by whomever.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.quota_limit: int | None = None
        self.quota_used: int | None = None
        self._free_at = 0.0

    def quota(self, used: int, limit: int) -> None:
        """The destination said how much of its quota is used. Its servers do not count in step: the most counts."""
        known = self.quota_used if self.quota_limit == limit and self.quota_used is not None else 0
        # A period that begins anew starts far below where the last one ended; servers out of step do not.
        self.quota_used = used if used < known / 2 else max(used, known)
        self.quota_limit = limit

    def rest(self, seconds: float) -> None:
        """The destination wants no call for so many seconds."""
        self._free_at = max(self._free_at, time.monotonic() + seconds)

    def wait(self) -> float:
        """Seconds until the next call is welcome."""
        return max(0.0, self._free_at - time.monotonic())

    def spent(self) -> float:
        """Percent of the quota that is used; 0 when nothing is known of a quota."""
        if not self.quota_limit or self.quota_used is None:
            return 0.0
        return 100.0 * self.quota_used / self.quota_limit
