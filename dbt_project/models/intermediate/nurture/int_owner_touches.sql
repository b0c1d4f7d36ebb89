-- How often each owner cared for a lead in time: activities win days only as long as the lead is still the owner's.
with

spells as (
    select * from {{ ref('int_owner_spells') }}
),

touches as (
    select * from {{ ref('int_lead_tasks') }}
),

rules as (
    select * from {{ ref('reclaim_rules') }}
),

numbered_touches as (
    select
        spells.lead_id,
        spells.owned_from,
        touches.created_at,
        row_number() over (
            partition by spells.lead_id, spells.owned_from order by touches.created_at, touches.task_id
        ) as touch_rank
    from spells
    inner join touches
        on
            spells.lead_id = touches.lead_id
            and touches.created_at >= spells.owned_from
            and (spells.owned_to is null or touches.created_at < spells.owned_to)
),

-- an activity wins days only while the lead is still the owner's, so the first that comes too late ends the count
late_touches as (
    select
        numbered_touches.lead_id,
        numbered_touches.owned_from,
        min(numbered_touches.touch_rank) as touch_rank
    from numbered_touches
    cross join rules
    where
        numbered_touches.created_at >= {{ dbt.dateadd(
            'day',
            'least(rules.untouched_days + rules.days_per_activity * (cast(numbered_touches.touch_rank as integer) - 1), rules.days_at_most)',
            'numbered_touches.owned_from'
        ) }}
    group by numbered_touches.lead_id, numbered_touches.owned_from
),

counted as (
    select
        spells.*,
        cast(count(numbered_touches.touch_rank) as integer) as touch_count,
        max(numbered_touches.created_at) as last_touch_at
    from spells
    left join late_touches
        on
            spells.lead_id = late_touches.lead_id
            and spells.owned_from = late_touches.owned_from
    left join numbered_touches
        on
            spells.lead_id = numbered_touches.lead_id
            and spells.owned_from = numbered_touches.owned_from
            and (late_touches.touch_rank is null or numbered_touches.touch_rank < late_touches.touch_rank)
    group by spells.lead_id, spells.owner_id, spells.owned_from, spells.owned_to, spells.seen_in
)

select * from counted
