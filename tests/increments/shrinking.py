"""Makes a history that breaks the law smaller, so that a person can see why it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.increments.histories import History, Laboratory
from tests.increments.worlds import NAME, World


def smallest(laboratory: Laboratory, history: History, violations: list[str]) -> History:
    """One world with few rows, and nights of which as little as possible is unusual, that still breaks the law.

    Args:
        violations: what `Laboratory.violations` said of the history.

    Returns:
        The history as it is when no single world shows the violation.
    """
    broken = _broken(history, violations)
    if not broken:
        return history
    name, world = min(broken.items(), key=lambda item: len(item[1]))
    while True:
        # All smaller worlds at once: a run costs the same for one and for hundreds.
        smaller = {f"w{number}x": part for number, part in enumerate(_parts(world))}
        candidate = history.only(smaller)
        broken = _broken(candidate, laboratory.violations(candidate))
        if not broken:
            break
        name, world = min(broken.items(), key=lambda item: len(item[1]))
    history = history.only({name: world})
    for number in range(len(history.nights)):
        for change in ({"dies_at": None}, {"selection": None}, {"edits": ()}):
            night = replace(history.nights[number], **change)  # type: ignore[arg-type]
            candidate = replace(history, nights=(*history.nights[:number], night, *history.nights[number + 1 :]))
            if night != history.nights[number] and laboratory.violations(candidate):
                history = candidate
    return history


def _parts(world: World) -> Iterator[World]:
    """The world without some of its rows: each half, quarter and so on down to each row."""
    size = len(world)
    while size > 1:
        size = (size + 1) // 2
        for start in range(0, len(world), size):
            yield world[:start] + world[start + size :]
        if size == 1:
            return


def _broken(history: History, violations: list[str]) -> dict[str, World]:
    names = {name for line in violations for name in NAME.findall(line)}
    return {name: history.worlds[name] for name in names if name in history.worlds}
