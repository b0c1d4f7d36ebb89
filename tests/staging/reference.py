"""What staging should decide, written a second time: plain Python, from the documentation and not from the SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter

Cell = str | None


@dataclass(frozen=True)
class Limits:
    """A row of the seed `row_limits`."""

    earliest: datetime
    ahead: timedelta


@dataclass(frozen=True)
class Judged:
    """A row and what becomes of it. `place` orders rows that were loaded at the same time."""

    key: Hashable
    loaded_at: datetime
    place: tuple[str, int]
    created_at: datetime | None = None
    updated_at: datetime | None = None
    verdict: str = "staged"
    reason: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


def text(cell: Cell) -> str | None:
    """A cell without blanks around it, None when nothing is left."""
    return (cell or "").strip(" \t\n\r\u00a0") or None


def timestamp(cell: Cell) -> datetime | None:
    """A cell in ISO form; None when it is not."""
    try:
        return datetime.fromisoformat(text(cell) or "")
    except ValueError:
        return None


def time_fault(cell: Cell, loaded_at: datetime, limits: Limits) -> str | None:
    """Why a required time cannot be used."""
    found = timestamp(cell)
    if text(cell) is None:
        return "missing required value"
    if found is None:
        return "not a timestamp"
    if found < limits.earliest:
        return "too old"
    return "in the future" if found > loaded_at + limits.ahead else None


def judge_events(events: Sequence[Judged]) -> list[Judged]:
    """Of sound rows with one key, the first loaded is staged."""
    first: dict[Hashable, Judged] = {}
    for event in sorted(events, key=attrgetter("loaded_at", "place")):
        if event.verdict == "staged":
            first.setdefault(event.key, event)
    return [
        replace(event, verdict="duplicate") if event.verdict == "staged" and first[event.key] is not event else event
        for event in events
    ]


def judge_versions(versions: Sequence[Judged], limits: Limits) -> list[Judged]:
    """Of sound rows with one record and version time, the latest loaded is staged, and is valid until the next."""
    records: dict[Hashable, list[Judged]] = defaultdict(list)
    for version in versions:
        if version.verdict == "staged":
            records[version.key].append(version)
    judged = {id(version): version for version in versions}
    for record in records.values():
        version_at = _version_time(record)
        chosen: dict[datetime, Judged] = {}
        for version in sorted(record, key=attrgetter("loaded_at", "place")):
            chosen[version_at(version)] = version
        times = sorted(chosen)
        created = min((version.created_at for version in record if version.created_at), default=limits.earliest)
        for number, time in enumerate(times):
            valid_from = min(time, created) if number == 0 else time
            valid_to = times[number + 1] if number + 1 < len(times) else None
            judged[id(chosen[time])] = replace(chosen[time], valid_from=valid_from, valid_to=valid_to)
        staged = {id(version) for version in chosen.values()}
        for version in record:
            if id(version) not in staged:
                judged[id(version)] = replace(version, verdict="duplicate")
    return [judged[id(version)] for version in versions]


def _version_time(record: Sequence[Judged]) -> Callable[[Judged], datetime]:
    says_updates = any(version.updated_at for version in record)

    def version_at(version: Judged) -> datetime:
        fallback = version.created_at if says_updates else None
        return version.updated_at or fallback or version.loaded_at

    return version_at
