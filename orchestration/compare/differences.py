"""Who changes cell between two sides, by how many points, and which rules are behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pandas as pd

from orchestration.compare.sides import Side

RULES_NAMED = 3


@dataclass(frozen=True)
class Comparison:
    """One scoring model before against one after, on the leads that both sides have.

    Attributes:
        before: name of the scoring model before.
        after: name of the scoring model after.
        lead_count: leads compared.
        changed: one row a lead whose grade differs: lead_id, grade_before, grade_after, combined_before,
            combined_after, was_hand_off, is_hand_off, moved_by.
        rules: one row a rule: dimension, criterion, label, leads, points (sum over the changed leads, after - before).
        hand_offs: leads in a hand-off cell, (before, after).
        weekly_hand_offs: leads that came into a hand-off cell within the last seven days, (before, after).
    """

    before: str
    after: str
    lead_count: int
    changed: pd.DataFrame
    rules: pd.DataFrame
    hand_offs: tuple[int, int]
    weekly_hand_offs: tuple[int, int]


@contextmanager
def _connected(before: Side, after: Side) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for each, prefix in ((before, "before"), (after, "after")):
            connection.execute(f"attach '{_quoted(str(each.now))}' as {prefix}_now (read_only)")
            connection.execute(f"attach '{_quoted(str(each.week_ago))}' as {prefix}_week_ago (read_only)")
        yield connection


def scoring_models(side: Side) -> list[str]:
    """The scoring models in use on a side."""
    with duckdb.connect(str(side.now), read_only=True) as connection:
        rows = connection.execute("select distinct scoring_model from marts.lead_grades order by 1").fetchall()
    return [row[0] for row in rows]


def compare(before: Side, after: Side, model_before: str, model_after: str) -> Comparison:
    """Compare one scoring model of a side with one of the other (or of the same) side."""
    models = [model_before, model_after]
    with _connected(before, after) as connection:
        for prefix, model in (("before", model_before), ("after", model_after)):
            connection.execute(_GRADES.format(prefix=prefix), [model, model])
        changed = connection.execute(_CHANGED, models).df()
        rules = connection.execute(_RULES, models).df()
        (lead_count, *counts) = connection.execute(_COUNTS).fetchall()[0]
    return Comparison(
        model_before,
        model_after,
        int(lead_count),
        changed,
        rules,
        (int(counts[0]), int(counts[1])),
        (int(counts[2]), int(counts[3])),
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")


_GRADES = """
create or replace temp table {prefix}_grades as
with
hand_offs as (
    select scoring_model, grade from {prefix}_now.seeds.grade_actions where is_hand_off
)
select
    now.lead_id,
    now.grade,
    now.combined_score,
    (now.scoring_model, now.grade) in (select (scoring_model, grade) from hand_offs) as is_hand_off,
    coalesce(
        (week_ago.scoring_model, week_ago.grade) in (select (scoring_model, grade) from hand_offs), false
    ) as was_hand_off
from {prefix}_now.marts.lead_grades as now
left join {prefix}_week_ago.marts.lead_grades as week_ago
    on now.lead_id = week_ago.lead_id and week_ago.scoring_model = $1
where now.scoring_model = $2
"""

_MOVES = """
with
changed as (
    select before_grades.lead_id
    from before_grades
    inner join after_grades using (lead_id)
    where before_grades.grade <> after_grades.grade
),
points as (
    select lead_id, dimension, criterion, rule_id, label, -points as points
    from before_now.marts.lead_score_contributions
    where scoring_model = $1 and lead_id in (select lead_id from changed)

    union all

    select lead_id, dimension, criterion, rule_id, label, points
    from after_now.marts.lead_score_contributions
    where scoring_model = $2 and lead_id in (select lead_id from changed)
),
moves as (
    select lead_id, dimension, criterion, rule_id, max(label) as label, sum(points) as points
    from points
    group by all
    having sum(points) <> 0
)
"""

_CHANGED = f"""
{_MOVES},
ranked as (
    select *, row_number() over (partition by lead_id order by abs(points) desc, criterion, rule_id) as place
    from moves
),
moved_by as (
    select lead_id, string_agg(label || ' ' || format('{{:+.1f}}', points::double), ', ' order by place) as moved_by
    from ranked
    where place <= {RULES_NAMED}
    group by lead_id
)
select
    before_grades.lead_id,
    before_grades.grade as grade_before,
    after_grades.grade as grade_after,
    before_grades.combined_score::double as combined_before,
    after_grades.combined_score::double as combined_after,
    before_grades.is_hand_off as was_hand_off,
    after_grades.is_hand_off as is_hand_off,
    coalesce(moved_by.moved_by, 'the bands of the grades') as moved_by
from before_grades
inner join after_grades using (lead_id)
left join moved_by using (lead_id)
where before_grades.grade <> after_grades.grade
order by abs(after_grades.combined_score - before_grades.combined_score) desc, lead_id
"""

_RULES = f"""
{_MOVES}
select dimension, criterion, max(label) as label, count(*) as leads, sum(points)::double as points
from moves
group by dimension, criterion, rule_id
order by abs(sum(points)) desc, dimension, criterion, label
"""

_COUNTS = """
select
    count(*),
    count(*) filter (where before_grades.is_hand_off),
    count(*) filter (where after_grades.is_hand_off),
    count(*) filter (where before_grades.is_hand_off and not before_grades.was_hand_off),
    count(*) filter (where after_grades.is_hand_off and not after_grades.was_hand_off)
from before_grades
inner join after_grades using (lead_id)
"""
