-- Where each lead stands now.
with

changes as (
    select * from {{ ref('lead_stage_changes') }}
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
),

moves as (
    select
        moves.lifecycle_model,
        moves.from_stage,
        {{ joined_text('moves.to_stage', ', ', 'stages.stage_rank, moves.to_stage') }} as next_stages
    from {{ ref('lifecycle_moves') }} as moves
    inner join stages
        on
            moves.lifecycle_model = stages.lifecycle_model
            and moves.to_stage = stages.stage
    where moves.from_stage is not null
    group by moves.lifecycle_model, moves.from_stage
),

present as (
    select * from changes
    where exited_at is null
),

described as (
    select
        present.lead_id,
        present.lifecycle_model,
        present.to_stage as stage,
        stages.label as stage_label,
        cast(stages.stage_rank as integer) as stage_rank,
        stages.stage_group,
        stages.kind as stage_kind,
        present.entered_at as stage_since,
        present.from_stage as previous_stage,
        present.signal,
        present.cycle_number,
        cast({{ dbt.datediff('present.entered_at', as_of(), 'day') }} as integer) as age_in_stage_days,
        moves.next_stages,
        stages.owner_team,
        stages.procedure,
        {{ dbt.dateadd('hour', 'stages.sla_hours', 'present.entered_at') }} as sla_due_at,
        coalesce({{ dbt.dateadd('hour', 'stages.sla_hours', 'present.entered_at') }} <= {{ as_of() }}, false) as is_overdue,
        {{ as_of() }} as as_of
    from present
    inner join stages
        on
            present.lifecycle_model = stages.lifecycle_model
            and present.to_stage = stages.stage
    left join moves
        on
            present.lifecycle_model = moves.lifecycle_model
            and present.to_stage = moves.from_stage
)

select * from described
