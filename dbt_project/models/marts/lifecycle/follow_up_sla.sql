-- Every hand-off and how long sales took, on the wall clock and in the owner's business hours; the system's own delay apart.
with

clocked as (
    select * from {{ ref('int_follow_up_clocks') }}
),

settings as (
    select * from {{ ref('lifecycle_settings') }}
),

business_days as (
    select * from {{ ref('int_business_days') }}
),

counted as (
    select
        clocked.*,
        -- a call before the CRM had the grade is no delay
        greatest({{ dbt.datediff('clocked.clock_from', 'clocked.clock_to', 'second') }}, 0) as wall_seconds,
        ({{ business_seconds('last_days', 'clocked.clock_to') }}) - ({{ business_seconds('first_days', 'clocked.clock_from') }}) as business_seconds
    from clocked
    left join business_days as first_days
        on
            clocked.time_zone = first_days.time_zone
            and cast({{ local_time('clocked.clock_from', 'clocked.time_zone') }} as date) = first_days.local_date
    left join business_days as last_days
        on
            clocked.time_zone = last_days.time_zone
            and cast({{ local_time('clocked.clock_to', 'clocked.time_zone') }} as date) = last_days.local_date
)

select
    lifecycle_model,
    lead_id,
    change_number,
    cycle_number,
    stage,
    scoring_model,
    scoring_version,
    grade,
    owner_id,
    team,
    time_zone,
    event_at,
    handed_off_at,
    crm_known_at,
    first_touch_at,
    answered_at,
    cast({{ dbt.datediff('event_at', 'handed_off_at', 'second') }} as bigint) as grading_seconds,
    cast({{ dbt.datediff('handed_off_at', 'crm_known_at', 'second') }} as bigint) as delivery_seconds,
    cast({{ dbt.datediff('coalesce(event_at, handed_off_at)', 'crm_known_at', 'second') }} as bigint) as system_seconds,
    cast(wall_seconds as bigint) as wall_seconds,
    cast(greatest(business_seconds, 0) as bigint) as business_seconds,
    case
        when wall_seconds > {{ lifecycle_setting('promise_seconds') }} then false
        when answered_at is not null then true
    end as is_promise_kept,
    cast(target_hours as integer) as target_hours,
    case
        when answered_at is null and business_seconds > {{ hours_in_seconds('target_hours') }} then 'overdue'
        when answered_at is null then 'waiting'
        when business_seconds > {{ hours_in_seconds('target_hours') }} then 'late'
        when business_seconds <= {{ hours_in_seconds('target_hours') }} then 'in time'
        else 'answered'
    end as verdict
from counted
