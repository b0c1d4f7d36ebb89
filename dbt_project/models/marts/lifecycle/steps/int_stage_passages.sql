-- Every entry into a stage, the next stage forward, and when the lead got there or beyond in the same cycle, if it did.
with

changes as (
    select * from {{ ref('lead_stage_changes') }}
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
    where kind in ('normal', 'customer')
),

moves as (
    select * from {{ ref('lifecycle_moves') }}
    where kind = 'forward' and from_stage is not null
),

entries as (
    select
        changes.lifecycle_model,
        changes.lead_id,
        changes.change_number,
        changes.cycle_number,
        changes.to_stage as stage,
        changes.entered_at,
        stages.stage_rank
    from changes
    inner join stages
        on
            changes.lifecycle_model = stages.lifecycle_model
            and changes.to_stage = stages.stage
),

steps as (
    select
        entries.*,
        moves.to_stage,
        next_stages.stage_rank as to_rank
    from entries
    inner join moves
        on
            entries.lifecycle_model = moves.lifecycle_model
            and entries.stage = moves.from_stage
    inner join stages as next_stages
        on
            moves.lifecycle_model = next_stages.lifecycle_model
            and moves.to_stage = next_stages.stage
)

select
    steps.lifecycle_model,
    steps.lead_id,
    steps.change_number,
    steps.cycle_number,
    steps.stage as from_stage,
    steps.to_stage,
    steps.entered_at,
    min(reached.entered_at) as passed_at
from steps
left join entries as reached
    on
        steps.lifecycle_model = reached.lifecycle_model
        and steps.lead_id = reached.lead_id
        and steps.cycle_number = reached.cycle_number
        and steps.change_number < reached.change_number
        and steps.to_rank <= reached.stage_rank
group by
    steps.lifecycle_model, steps.lead_id, steps.change_number, steps.cycle_number, steps.stage, steps.to_stage,
    steps.entered_at
