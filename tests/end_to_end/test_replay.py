"""A past day says again what it said."""

from __future__ import annotations

import re
from pathlib import Path

from simulation.cli import simulate
from simulation.settings import Settings
from tests.end_to_end.leadhouse import Leadhouse, Rows, differing_rows

# Days of the history's last week, each with its own files. At noon all that happened before has certainly arrived
# by the end of the day, so files of later days bring no news of it.
EARLIER, THAT_DAY, LATER = "2026-09-25", "2026-09-27", "2026-09-30"
PURE = ("lead_scores", "lead_score_contributions", "lead_engagement", "lead_identifiers", "leads", "robot_opt_outs")
HISTORY = ("lead_grade_changes", "lead_grade_change_contributions", "lead_segment_changes", "nurture_enrolments")


def _deliver_until(day: str, stock: Path, landing: Path) -> None:
    """Put the files of all days until this one, included, into landing."""
    for path in sorted(stock.rglob("*.*")):
        days = re.findall(r"\d{4}-\d\d-\d\d", path.name)
        place = landing / path.relative_to(stock)
        if path.is_file() and (not days or days[-1] <= day) and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())


def _noon(day: str) -> str:
    return f"{day}T12:00:00Z"


def _content(warehouse: Leadhouse, marts: tuple[str, ...]) -> dict[str, Rows]:
    return {mart: warehouse.rows(f"marts.{mart}") for mart in marts}


def test_a_past_day_is_replayed_to_what_it_said(tmp_path: Path, target: Path) -> None:
    settings = Settings(leads=400, days=60, seed=5, events_per_lead=60, has_dirt=False)
    simulate(settings, tmp_path / "stock", threads=2, is_quiet=True)
    warehouse = Leadhouse(tmp_path / "home", target)
    said: dict[str, dict[str, Rows]] = {}
    for day in (EARLIER, THAT_DAY, LATER):
        _deliver_until(day, tmp_path / "stock" / "landing", warehouse.home.landing)
        assert warehouse.land().load_id, f"no files of {day}"
        if day == EARLIER:
            warehouse.build_unchecked(_noon(day))
        else:
            warehouse.rebuild(_noon(day))
        said[day] = _content(warehouse, PURE)
    history = _content(warehouse, HISTORY)
    changed = warehouse.number("select count(*) from marts.lead_grade_changes where from_grade is not null")
    assert changed > 20, "too few grades moved for a replay to prove anything"
    assert any("; was " in str(row) for row in said[THAT_DAY]["lead_scores"]), "no reason says what changed"

    warehouse.rebuild(_noon(THAT_DAY))

    replayed = _content(warehouse, PURE)
    for mart in PURE:
        assert said[THAT_DAY][mart] != said[LATER][mart] or mart == "robot_opt_outs", (
            f"{mart}: three days changed nothing"
        )
        found = differing_rows(said[THAT_DAY][mart], replayed[mart])
        assert not found, "\n".join([mart, *found])
    assert _content(warehouse, HISTORY) == history, "a replay rewrote the history of grades"
