-- Every hand-off with its target, and from when to when the clock runs, in which time zone.
with

hand_offs as (
    select * from {{ ref('int_owned_hand_offs') }}
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

actions as (
    select * from {{ ref('grade_actions') }}
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
),

timed as (
    select
        hand_offs.*,
        users.team,
        coalesce(calendars.time_zone, default_calendar.time_zone) as time_zone,
        coalesce(actions.sla_hours, stages.sla_hours) as target_hours,
        coalesce(hand_offs.crm_known_at, hand_offs.handed_off_at) as clock_from,
        least(
            coalesce(hand_offs.first_touch_at, hand_offs.exited_at), coalesce(hand_offs.exited_at, hand_offs.first_touch_at)
        ) as answered_at
    from hand_offs
    inner join stages
        on
            hand_offs.lifecycle_model = stages.lifecycle_model
            and hand_offs.stage = stages.stage
    cross join default_calendar
    left join users
        on hand_offs.owner_id = users.user_id
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
    from timed
)

select * from clocked
