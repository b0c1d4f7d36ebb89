-- Events whose verdict may differ now: those judged again, and those near a robot of the same address.
with

events as (
    select * from {{ ref('int_events') }}
    {{ where_between(ref('int_events_to_judge'), margin=ref('bot_rules')) }}
),

judged as (
    select * from {{ ref('int_events_to_judge') }}
),

signals as (
    select * from {{ ref('int_bot_signals') }}
    where taints_address
),

taint_rule as (
    select threshold_seconds
    from {{ ref('bot_rules') }}
    where rule = 'tainted_address' and is_enabled
),

-- an earlier event that was judged again may have been a robot until now
sources_of_taint as (
    select judged.*
    from judged
    semi join signals
        on
            judged.source = signals.source
            and judged.event_id = signals.event_id

    union

    select *
    from judged
    where not is_new and can_be_robot
),

time_slots as (
    select
        sources_of_taint.ip,
        {{ time_slot('sources_of_taint.occurred_at', 'taint_rule.threshold_seconds') }} as time_slot
    from sources_of_taint
    cross join taint_rule
),

neighbours as (
    {{ neighbouring_slots() }}
),

near_slots as (
    select distinct
        time_slots.ip,
        time_slots.time_slot + neighbours.distance as time_slot
    from time_slots
    cross join neighbours
),

dated_events as (
    select
        events.*,
        {{ time_slot('events.occurred_at', 'taint_rule.threshold_seconds') }} as time_slot
    from events
    cross join taint_rule
    where events.can_be_robot
),

near_events as (
    select dated_events.*
    from dated_events
    semi join near_slots
        on
            dated_events.ip = near_slots.ip
            and dated_events.time_slot = near_slots.time_slot
),

to_restate as (
    select
        source,
        event_id,
        occurred_at,
        identifier,
        ip,
        can_be_robot
    from judged
    -- what was counted before and cannot be a robot's is counted as it was
    where is_new or can_be_robot

    union

    select
        source,
        event_id,
        occurred_at,
        identifier,
        ip,
        can_be_robot
    from near_events
)

select * from to_restate
