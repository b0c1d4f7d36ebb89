"""Whatever the policy, the people and the clock: the SQL scores as the reference does."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scoring import reference
from tests.scoring.sql_scoring import SqlScoring, assert_same
from tests.scoring.strategies import World, worlds

# More examples for a longer look: HYPOTHESIS_EXAMPLES=2000.
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "150"))
drawn = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def score_by_reference(world: World) -> reference.Scored:
    return reference.score(world.seeds, world.leads, world.attributes, world.activities, world.as_of)


def score_by_sql(sql_scoring: SqlScoring, world: World) -> reference.Scored:
    return sql_scoring.score(world.seeds, world.leads, world.attributes, world.activities, world.as_of)


@drawn
@given(world=worlds())
def test_sql_and_reference_agree_on_every_contribution_and_score(sql_scoring: SqlScoring, world: World) -> None:
    assert_same(score_by_sql(sql_scoring, world), score_by_reference(world))
