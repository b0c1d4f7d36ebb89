"""The law of increments: after any sequence of loads, with any restarts, the warehouse is what a full refresh makes.

`pytest tests/increments --histories 100-400` looks for histories that break it.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.increments.cases import CASES
from tests.increments.histories import START, History, Laboratory, Night, draw_history
from tests.increments.seeds import Edit
from tests.increments.shrinking import smallest
from tests.increments.worlds import NAME, named

SHOWN = 40
DAY = timedelta(days=1)


# Only with it can a verdict that taints an address be taken back.
TOO_FAST_TAINTS = Edit("reference/bot_rules", {"rule": "too_fast"}, {"taints_address": "true"})


def _cases(*as_of: timedelta, edits: tuple[Edit, ...] = ()) -> History:
    nights = tuple(Night(START + later, START + later + DAY, edits) for later in as_of)
    return History(nights, {f"w{number}x": world for number, world in enumerate(CASES.values())})


def _told(history: History) -> str:
    """A history that a person can read."""
    rows = [row for name, world in history.worlds.items() for row in named(world, name)]
    lines = [f"night {number}: {night}" for number, night in enumerate(history.nights)]
    return "\n".join([*lines, *(f"lands on night {row.night}: {row.table} {row.cells}" for row in rows)])


@pytest.mark.parametrize(
    "history",
    # the last run is of the same day: only those who were touched are scored anew
    [_cases(0 * DAY, DAY, 1.2 * DAY, edits=(TOO_FAST_TAINTS,)), _cases(0 * DAY, 2 * DAY, DAY)],
    ids=["forward", "back again"],
)
def test_cases_that_were_thought_of(history: History, laboratory: Laboratory) -> None:
    violations = laboratory.violations(history)
    titles = list(CASES)
    found = sorted({titles[int(name[1:-1])] for line in violations for name in NAME.findall(line)})
    assert not violations, "\n".join([*found, *violations[:SHOWN]])


def test_drawn_histories(history_number: int, laboratory: Laboratory) -> None:
    history = draw_history(history_number)
    violations = laboratory.violations(history)
    if violations:
        small = smallest(laboratory, history, violations)
        again = laboratory.violations(small)
        pytest.fail("\n".join([f"history {history_number}, made small:", _told(small), *(again or violations)[:SHOWN]]))


def test_a_wrong_increment_is_found(tmp_path: Path) -> None:
    """Activities that are only appended keep the verdict and the person of the night on which they landed."""
    laboratory = Laboratory.make(tmp_path)
    model = laboratory.project / "models" / "intermediate" / "activity" / "int_activities.sql"
    increment = """
        select * from activities
        {% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
    """
    sound = model.read_text(encoding="utf-8")
    wrong = sound.replace("select * from activities\n", increment)
    assert wrong != sound
    model.write_text(
        "{{ config(materialized='incremental', incremental_strategy='append') }}\n" + wrong, encoding="utf-8"
    )
    violations = laboratory.violations(_cases(0 * DAY, DAY))
    titles = list(CASES)
    found = {titles[int(name[1:-1])] for line in violations for name in NAME.findall(line)}
    for title in ("a delivery that is told late makes a click too fast", "two leads that are merged later"):
        assert title in found
