-- Time in each stage, and from the first touch to the customer: whole days, and whether they are over or still run.
with

changes as (
    select * from {{ ref('lead_stage_changes') }}
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
),

engagement as (
    select * from {{ ref('lead_engagement') }}
),

staged as (
    select
        changes.lifecycle_model,
        changes.lead_id,
        changes.to_stage as stage,
        changes.entered_at as from_time,
        coalesce(changes.exited_at, {{ as_of() }}) as to_time,
        changes.exited_at is not null as is_over
    from changes
),

wins as (
    select
        changes.lifecycle_model,
        changes.lead_id,
        min(changes.entered_at) as first_entered_at,
        min(case when stages.kind = 'customer' then changes.entered_at end) as won_at,
        max(case when stages.kind = 'exit' and changes.exited_at is null then changes.entered_at end) as gone_at
    from changes
    inner join stages
        on
            changes.lifecycle_model = stages.lifecycle_model
            and changes.to_stage = stages.stage
    group by changes.lifecycle_model, changes.lead_id
),

whole as (
    select
        wins.lifecycle_model,
        wins.lead_id,
        'first touch to won' as stage,
        least(wins.first_entered_at, coalesce(cast(engagement.first_activity_date as timestamp), wins.first_entered_at)) as from_time,
        coalesce(wins.won_at, wins.gone_at, {{ as_of() }}) as to_time,
        wins.won_at is not null as is_over
    from wins
    left join engagement
        on wins.lead_id = engagement.lead_id
),

spells as (
    select * from staged
    union all
    select * from whole
)

select
    lifecycle_model,
    lead_id,
    stage,
    is_over,
    cast(greatest({{ dbt.datediff('from_time', 'to_time', 'day') }}, 0) as integer) as days
from spells
