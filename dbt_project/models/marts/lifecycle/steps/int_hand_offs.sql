-- Every hand-off to sales: with which grade, to whom, when the CRM knew, and when sales first did anything.
with

changes as (
    select * from {{ ref('lead_stage_changes') }}
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
    where is_hand_off
),

crossings as (
    select * from {{ ref('int_grade_crossings') }}
    where is_above
),

touches as (
    select * from {{ ref('int_sales_touches') }}
),

known_grades as (
    select * from {{ ref('int_grades_in_crm') }}
),

hand_offs as (
    select
        changes.*,
        lead(changes.entered_at) over (
            partition by changes.lifecycle_model, changes.lead_id order by changes.change_number
        ) as next_hand_off_at
    from changes
    semi join stages
        on
            changes.lifecycle_model = stages.lifecycle_model
            and changes.to_stage = stages.stage
),

graded as (
    select
        hand_offs.lifecycle_model,
        hand_offs.lead_id,
        hand_offs.change_number,
        hand_offs.cycle_number,
        hand_offs.to_stage as stage,
        hand_offs.entered_at as handed_off_at,
        hand_offs.exited_at,
        hand_offs.next_hand_off_at,
        max(crossings.scoring_model) as scoring_model,
        max(crossings.grade) as grade,
        min(case when crossings.is_recorded then known_grades.known_at else crossings.crossed_at end) as crm_known_at
    from hand_offs
    left join crossings
        on
            hand_offs.lead_id = crossings.lead_id
            and hand_offs.entered_at = crossings.crossed_at
    left join known_grades
        on
            crossings.lead_id = known_grades.lead_id
            and crossings.grade = known_grades.grade
            and crossings.crossed_at <= known_grades.known_at
            and (hand_offs.next_hand_off_at is null or known_grades.known_at < hand_offs.next_hand_off_at)
    group by
        hand_offs.lifecycle_model, hand_offs.lead_id, hand_offs.change_number, hand_offs.cycle_number,
        hand_offs.to_stage, hand_offs.entered_at, hand_offs.exited_at, hand_offs.next_hand_off_at
),

first_touches as (
    select
        graded.lifecycle_model,
        graded.lead_id,
        graded.change_number,
        min(touches.touched_at) as first_touch_at
    from graded
    inner join touches
        on
            graded.lead_id = touches.lead_id
            and touches.touched_at >= graded.handed_off_at
            and (graded.next_hand_off_at is null or touches.touched_at < graded.next_hand_off_at)
    group by graded.lifecycle_model, graded.lead_id, graded.change_number
)

select
    graded.*,
    first_touches.first_touch_at
from graded
left join first_touches
    on
        graded.lifecycle_model = first_touches.lifecycle_model
        and graded.lead_id = first_touches.lead_id
        and graded.change_number = first_touches.change_number
