"""Whatever the policy, the people and the clock: the SQL scores as the reference does, and keeps its promises."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests.scoring import reference
from tests.scoring.examples import drawn
from tests.scoring.reference import Scored, records
from tests.scoring.sql_scoring import Score, SqlScoring, assert_same
from tests.scoring.strategies import World, worlds, worlds_of
from tests.scoring.tables import project_seeds


def by(score: Score, world: World) -> Scored:
    """Score a world."""
    return score(world.seeds, world.leads, world.attributes, world.activities, world.as_of)


@drawn(120)
@given(world=worlds())
def test_sql_and_reference_agree_on_every_contribution_and_score(sql_scoring: SqlScoring, world: World) -> None:
    assert_same(by(sql_scoring.score, world), by(reference.score, world))


@drawn(50)
@given(world=worlds_of(project_seeds()))
def test_they_agree_on_the_policy_of_the_project(sql_scoring: SqlScoring, world: World) -> None:
    assert_same(by(sql_scoring.score, world), by(reference.score, world))


@drawn(30)
@given(world=worlds())
def test_a_score_is_the_sum_of_its_contributions_within_its_limits(sql_scoring: SqlScoring, world: World) -> None:
    scored = by(sql_scoring.score, world)
    totals: dict[tuple[str, str, str], Decimal] = {}
    for row in records(scored.contributions):
        key = (row["lead_id"], row["scoring_model"], row["dimension"])
        totals[key] = totals.get(key, Decimal(0)) + row["points"]

    active = [model for model in records(world.seeds["scoring_models"]) if model["is_active"]]
    models = {model["scoring_model"]: model for model in active}
    scores = records(scored.scores)
    assert len(scores) == len(active) * len(world.leads)
    for row in scores:
        model = models[row["scoring_model"]]
        for dimension, points in (("profile", row["profile_score"]), ("engagement", row["engagement_score"])):
            assert points == totals.pop((row["lead_id"], row["scoring_model"], dimension), Decimal(0))
            assert model[f"{dimension}_floor"] is None or points >= model[f"{dimension}_floor"]
            assert model[f"{dimension}_cap"] is None or points <= model[f"{dimension}_cap"]
        assert row["grade"] == f"{row['profile_grade']}{row['engagement_level']}"
    assert not totals, "contributions without a score"


@drawn(30)
@given(world=worlds(), order=st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(sql_scoring: SqlScoring, world: World, order: int) -> None:
    dice = random.Random(order)

    def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.iloc[dice.sample(range(len(frame)), len(frame))]

    other = World(
        seeds={name: shuffled(frame) for name, frame in world.seeds.items()},
        leads=shuffled(world.leads),
        attributes=shuffled(world.attributes),
        activities=shuffled(world.activities),
        as_of=world.as_of,
    )
    assert by(sql_scoring.score, world).equals(by(sql_scoring.score, other))


@drawn(20)
@given(world=worlds())
def test_the_hour_of_the_day_does_not_matter(sql_scoring: SqlScoring, world: World) -> None:
    """Ages are whole days: a refresh at noon and one at night see the same score of the same rows."""
    day = world.as_of.date()
    first = replace(world, as_of=datetime.combine(day, time.min))
    last = replace(world, as_of=datetime.combine(day, time.max))
    assert by(sql_scoring.score, first).equals(by(sql_scoring.score, last))


@drawn(20)
@given(world=worlds())
def test_a_lead_is_scored_by_its_own_rows_alone(sql_scoring: SqlScoring, world: World) -> None:
    everyone = by(sql_scoring.score, world)
    for lead in world.leads["lead_id"][:1]:
        leads, attributes, activities = (
            frame[frame["lead_id"] == lead] for frame in (world.leads, world.attributes, world.activities)
        )
        alone = replace(world, leads=leads, attributes=attributes, activities=activities)
        assert by(sql_scoring.score, alone).equals(everyone.of(lead))
