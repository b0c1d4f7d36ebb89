"""A lead's stages are those of a plain fold over its facts, whatever the funnel, the facts and how they arrive."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests.lifecycle import reference
from tests.lifecycle.funnels import HOURS, START, World, facts_frame, world_of, world_of_any_shape
from tests.lifecycle.reference import Walk
from tests.scoring.examples import drawn
from tests.sql_harness import PROJECT, CompiledProject

AS_OF = datetime(2026, 2, 1)
SEEDS = {
    name: pd.read_csv(PROJECT / "seeds" / "lifecycle" / f"{name}.csv", dtype=object)
    for name in ("lifecycle_models", "lifecycle_stages", "lifecycle_moves", "lifecycle_signals", "opportunity_stages")
}
CHANGE = ["from_stage", "to_stage", "kind", "signal", "entered_at", "cycle_number"]
NUMBERS = st.integers(0, 10**9)
VIOLATION = ["stage", "refused_stage", "signal", "occurred_at", "cycle_number"]


def walked(machine: CompiledProject, world: World) -> dict[tuple[str, str], Walk]:
    """What the SQL makes of a world, in the words of the reference."""
    built = machine.run({**world.seeds, "int_lifecycle_facts": world.facts}, AS_OF)
    found: dict[tuple[str, str], Walk] = {}
    changes = built["lead_stage_changes"].sort_values(["lifecycle_model", "lead_id", "change_number"])
    violations = built["lead_stage_violations"].sort_values(["lifecycle_model", "lead_id", "signal_number"])
    for rows, columns, what in ((changes, CHANGE, "changes"), (violations, VIOLATION, "violations")):
        for row in rows.to_dict("records"):
            walk = found.setdefault((row["lifecycle_model"], row["lead_id"]), Walk())
            getattr(walk, what).append(tuple(None if pd.isna(row[name]) else row[name] for name in columns))
    _assert_consistent(built)
    return found


def _assert_consistent(built: dict[str, pd.DataFrame]) -> None:
    """Stages follow each other without a gap, and the last is where the lead stands."""
    changes = built["lead_stage_changes"].sort_values(["lifecycle_model", "lead_id", "change_number"])
    present = built["lead_lifecycle"].set_index(["lifecycle_model", "lead_id"])
    stayed = changes[changes["next_stage"].isna()].set_index(["lifecycle_model", "lead_id"])
    assert sorted(present.index) == sorted(stayed.index) == sorted(set(present.index))
    here = present.loc[stayed.index]
    for now, came in (("stage", "to_stage"), ("stage_since", "entered_at"), ("cycle_number", "cycle_number")):
        assert list(here[now]) == list(stayed[came])
    for one, other in zip(changes.to_dict("records"), changes.to_dict("records")[1:], strict=False):
        if (one["lifecycle_model"], one["lead_id"]) == (other["lifecycle_model"], other["lead_id"]):
            assert (one["to_stage"], one["exited_at"]) == (other["from_stage"], other["entered_at"])


def folded(world: World) -> dict[tuple[str, str], Walk]:
    """The reference, without leads that nothing happened to."""
    found = reference.walks(world.seeds, world.facts)
    return {key: walk for key, walk in found.items() if walk.changes or walk.violations}


@drawn(150)
@given(number=NUMBERS)
def test_sql_and_reference_agree_on_funnels_of_any_shape(machine: CompiledProject, number: int) -> None:
    world = world_of_any_shape(number)
    assert walked(machine, world) == folded(world)


@drawn(100)
@given(number=NUMBERS)
def test_they_agree_on_the_funnels_of_the_project(machine: CompiledProject, number: int) -> None:
    world = world_of(SEEDS, number)
    assert walked(machine, world) == folded(world)


def test_drawn_histories_go_through_all_there_is() -> None:
    """Agreement on histories in which nothing happens would prove nothing."""
    seen: Counter[str] = Counter()
    for number in range(100):
        for walk in folded(world_of(SEEDS, number)).values():
            seen.update(row[1] for row in walk.changes)
            seen.update(row[2] for row in walk.changes)
            seen.update(["violation"] * len(walk.violations), cycle=walk.changes[-1][5] > 1 if walk.changes else 0)
    assert set(SEEDS["lifecycle_stages"]["stage"]) <= set(seen)
    assert set(SEEDS["lifecycle_moves"]["kind"]) <= set(seen)
    assert min(seen["violation"], seen["cycle"]) > 100, seen


@drawn(40)
@given(number=NUMBERS)
def test_the_order_of_arrival_does_not_matter(machine: CompiledProject, number: int) -> None:
    # A CRM hands over its tables one after another, and each in an order of its own.
    world = world_of_any_shape(number)
    places = random.Random(number).sample(range(len(world.facts)), len(world.facts))
    assert walked(machine, World(world.seeds, world.facts.iloc[places])) == walked(machine, world)


@drawn(40)
@given(number=NUMBERS, hours=st.integers(0, HOURS))
def test_what_happens_later_leaves_the_history_before_it(machine: CompiledProject, number: int, hours: int) -> None:
    # A replayed day must show the stage that it showed; a late fact must repair what came after it, and only that.
    world = world_of_any_shape(number)
    moment = START + timedelta(hours=hours)
    known = World(world.seeds, world.facts[world.facts["occurred_at"] <= moment])
    times = {"changes": CHANGE.index("entered_at"), "violations": VIOLATION.index("occurred_at")}

    def until(walks: dict[tuple[str, str], Walk]) -> dict[tuple[str, str], dict[str, list[Any]]]:
        cut = {
            key: {what: [row for row in getattr(walk, what) if row[at] <= moment] for what, at in times.items()}
            for key, walk in walks.items()
        }
        return {key: parts for key, parts in cut.items() if any(parts.values())}

    assert until(walked(machine, world)) == until(walked(machine, known))


def test_a_stage_of_ones_own_needs_seeds_alone(machine: CompiledProject) -> None:
    """A proof of value between the meeting and the opportunity, entered when the CRM's status says so."""
    own = {"lifecycle_model": "waterfall"}
    added: dict[str, list[dict[str, Any]]] = {
        "lifecycle_stages": [
            own
            | {"stage": "POV", "label": "Proof of value", "stage_rank": 65, "stage_group": "sales", "kind": "normal"}
            | {"owner_team": "sales", "is_hand_off": "false", "sla_hours": 336}
        ],
        "lifecycle_moves": [
            own | {"from_stage": one, "to_stage": other, "kind": "forward", "opens_cycle": "false"}
            for one, other in (("TSM", "POV"), ("POV", "SAO"))
        ],
        "lifecycle_signals": [
            own
            | {"signal": "proof_started", "fact": "field_change", "fact_name": "status", "fact_value": "proof of value"}
            | {"label": "proof of value started", "to_stage": "POV"}
        ],
    }
    seeds = SEEDS | {
        seed: pd.concat([SEEDS[seed], pd.DataFrame(rows, columns=SEEDS[seed].columns, dtype=object)])
        for seed, rows in added.items()
    }
    told = [
        ("created", "", ""),
        ("field_change", "status", "Working"),
        ("task", "meeting", ""),
        ("field_change", "status", "Proof of Value"),
        ("opportunity_opened", "", ""),
    ]
    rows = [
        {"lead_id": "x", "fact": fact, "fact_name": name, "fact_value": value, "occurred_at": START + timedelta(days=n)}
        for n, (fact, name, value) in enumerate(told)
    ]
    built = machine.run({**seeds, "int_lifecycle_facts": facts_frame(rows[:4])}, AS_OF)
    (now,) = built["lead_lifecycle"].to_dict("records")
    assert (now["stage"], now["stage_label"], now["next_stages"]) == ("POV", "Proof of value", "SAO")
    assert now["stage_since"] == START + timedelta(days=3)
    assert now["sla_due_at"] == START + timedelta(days=17)
    assert now["age_in_stage_days"] == 28
    built = machine.run({**seeds, "int_lifecycle_facts": facts_frame(rows)}, AS_OF)
    assert list(built["lead_stage_changes"].sort_values("change_number")["to_stage"]) == [
        *("MAL", "SAL", "TSM", "POV", "SAO")
    ]
    # Without the stage the same facts are another way.
    built = machine.run({**SEEDS, "int_lifecycle_facts": facts_frame(rows)}, AS_OF)
    assert list(built["lead_stage_changes"].sort_values("change_number")["to_stage"]) == ["MAL", "SAL", "TSM", "SAO"]


def test_a_recycling_opens_a_numbered_cycle_and_nothing_of_the_first_is_lost(machine: CompiledProject) -> None:
    """Lost for its budget, back in the pool, above the line again, won: two cycles, each with its entries and exits."""
    told = [
        ("created", "", ""),
        ("grade_crossed", "up", "A1"),
        ("field_change", "status", "Working"),
        ("opportunity_opened", "", ""),
        ("opportunity_lost", "", "No budget"),
        # nobody may win what was lost
        ("opportunity_won", "", ""),
        ("grade_crossed", "up", "B1"),
        ("field_change", "status", "Contacted"),
        ("opportunity_opened", "", ""),
        ("opportunity_won", "", ""),
    ]
    rows = [
        {"lead_id": "x", "fact": fact, "fact_name": name, "fact_value": value, "occurred_at": START + timedelta(days=n)}
        for n, (fact, name, value) in enumerate(told)
    ]
    built = machine.run({**SEEDS, "int_lifecycle_facts": facts_frame(rows)}, AS_OF)
    changes = built["lead_stage_changes"].sort_values("change_number")
    assert list(zip(changes["to_stage"], changes["cycle_number"], strict=True)) == [
        *(("MAL", 1), ("MQL", 1), ("SAL", 1), ("SAO", 1)),
        *(("MRL", 2), ("MQL", 2), ("SAL", 2), ("SAO", 2), ("WON", 2)),
    ]
    (refused,) = built["lead_stage_violations"].to_dict("records")
    assert (refused["stage"], refused["refused_stage"], refused["violation"]) == ("MRL", "WON", "not taken up again")
