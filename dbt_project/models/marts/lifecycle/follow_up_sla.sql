-- Every hand-off and how long sales took, on the wall clock and in the owner's business hours; the system's own delay apart.
with

hand_offs as (
    select * from {{ ref('int_hand_offs') }}
),

leads as (
    select * from {{ ref('leads') }}
    where not is_test
),

users as (
    select * from {{ ref('stg_crm__users') }}
),

calendars as (
    select * from {{ ref('business_calendars') }}
),

default_calendar as (
    select time_zone
    from calendars
    where is_default
),

business_days as (
    select * from {{ ref('int_business_days') }}
),

actions as (
    select * from {{ ref('grade_actions') }}
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
),

owned as (
    select
        hand_offs.*,
        leads.owner_id,
        users.team,
        coalesce(calendars.time_zone, default_calendar.time_zone) as time_zone,
        coalesce(actions.sla_hours, stages.sla_hours) as target_hours,
        coalesce(hand_offs.crm_known_at, hand_offs.handed_off_at) as clock_from,
        least(
            coalesce(hand_offs.first_touch_at, hand_offs.exited_at), coalesce(hand_offs.exited_at, hand_offs.first_touch_at)
        ) as answered_at
    from hand_offs
    inner join leads
        on hand_offs.lead_id = leads.lead_id
    inner join stages
        on
            hand_offs.lifecycle_model = stages.lifecycle_model
            and hand_offs.stage = stages.stage
    cross join default_calendar
    left join users
        on leads.owner_id = users.user_id
    left join calendars
        on users.time_zone = calendars.time_zone
    left join actions
        on
            hand_offs.scoring_model = actions.scoring_model
            and hand_offs.grade = actions.grade
),

clocked as (
    select
        *,
        coalesce(answered_at, {{ as_of() }}) as clock_to
    from owned
),

counted as (
    select
        clocked.*,
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
    grade,
    owner_id,
    team,
    time_zone,
    handed_off_at,
    crm_known_at,
    first_touch_at,
    answered_at,
    cast({{ dbt.datediff('handed_off_at', 'crm_known_at', 'second') }} as bigint) as system_seconds,
    cast({{ dbt.datediff('clock_from', 'clock_to', 'second') }} as bigint) as wall_seconds,
    cast(greatest(business_seconds, 0) as bigint) as business_seconds,
    cast(target_hours as integer) as target_hours,
    case
        when answered_at is null and business_seconds > {{ hours_in_seconds('target_hours') }} then 'overdue'
        when answered_at is null then 'waiting'
        when business_seconds > {{ hours_in_seconds('target_hours') }} then 'late'
        when business_seconds <= {{ hours_in_seconds('target_hours') }} then 'in time'
        else 'answered'
    end as verdict
from counted
