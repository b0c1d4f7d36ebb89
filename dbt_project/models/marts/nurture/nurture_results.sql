-- What each programme and step brought, beside those held out; only who had the whole time for the goal is counted for it.
with

outcomes as (
    select * from {{ ref('int_nurture_outcomes') }}
),

settings as (
    select * from {{ ref('nurture_settings') }}
),

judged as (
    select
        *,
        goal_until <= {{ as_of() }} as is_mature,
        goal_until <= {{ as_of() }} and coalesce(goal_at < goal_until, false) as has_reached_goal,
        {{ dbt.datediff('started_at', 'goal_at', 'day') }} as lag_days
    from outcomes
),

counted as (
    select
        program,
        step,
        goal,
        case when is_held_out then 'held_out' else 'nurtured' end as arm,
        count(*) as lead_count,
        sum(send_count) as send_count,
        count(case when response_count > 0 then 1 end) as responding_count,
        count(case when is_mature then 1 end) as mature_count,
        count(case when has_reached_goal then 1 end) as goal_count,
        median(case when has_reached_goal then lag_days end) as median_lag_days
    from judged
    group by program, step, goal, is_held_out
)

select
    counted.program,
    cast(counted.step as integer) as step,
    counted.arm,
    counted.goal,
    cast(counted.lead_count as bigint) as lead_count,
    cast(counted.send_count as bigint) as send_count,
    cast(counted.responding_count as bigint) as responding_count,
    cast(counted.mature_count as bigint) as mature_count,
    cast(counted.goal_count as bigint) as goal_count,
    case
        when counted.mature_count > 0
            then cast(round(cast(counted.goal_count as decimal(18, 8)) / counted.mature_count, 4) as decimal(9, 4))
    end as goal_rate,
    case
        when counted.mature_count > 0
            then {{ wilson('counted.goal_count', 'counted.mature_count', 'cast(settings.confidence_z as double)', '-') }}
    end as goal_rate_from,
    case
        when counted.mature_count > 0
            then {{ wilson('counted.goal_count', 'counted.mature_count', 'cast(settings.confidence_z as double)', '+') }}
    end as goal_rate_to,
    cast(counted.median_lag_days as decimal(9, 1)) as median_lag_days,
    {{ as_of() }} as as_of
from counted
cross join settings
