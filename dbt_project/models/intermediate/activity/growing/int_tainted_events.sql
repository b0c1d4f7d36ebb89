-- What was done from an address that acted as a robot shortly before or after.
with

events as (
    select * from {{ events_to_take('int_events', 'int_verdicts_to_restate') }}
    where can_be_robot
),

signals as (
    select signals.*
    from {{ ref('int_bot_signals') }} as signals
    {% if is_incremental() -%}
        semi join events
            on signals.ip = events.ip
    {%- endif %}
    where signals.taints_address
),

taint_rule as (
    select threshold_seconds
    from {{ ref('bot_rules') }}
    where rule = 'tainted_address' and is_enabled
),

taints as (
    select
        signals.ip,
        {{ time_slot('signals.occurred_at', 'taint_rule.threshold_seconds') }} as time_slot,
        min(signals.occurred_at) as first_taint_at,
        max(signals.occurred_at) as last_taint_at
    from signals
    cross join taint_rule
    group by 1, 2
),

neighbours as (
    {{ neighbouring_slots() }}
),

-- a slot is as long as a taint lasts: what is near enough happened in the same slot or in the one before or after
near_taints as (
    select
        taints.ip,
        taints.time_slot + neighbours.distance as time_slot,
        max(case when neighbours.distance >= 0 then taints.last_taint_at end) as last_taint_at,
        min(case when neighbours.distance <= 0 then taints.first_taint_at end) as next_taint_at
    from taints
    cross join neighbours
    group by 1, 2
),

dated_events as (
    select
        events.source,
        events.event_id,
        events.ip,
        events.occurred_at,
        taint_rule.threshold_seconds,
        {{ time_slot('events.occurred_at', 'taint_rule.threshold_seconds') }} as time_slot
    from events
    cross join taint_rule
),

tainted as (
    select
        dated_events.source,
        dated_events.event_id
    from dated_events
    inner join near_taints
        on
            dated_events.ip = near_taints.ip
            and dated_events.time_slot = near_taints.time_slot
    where
        {{ dbt.datediff('near_taints.last_taint_at', 'dated_events.occurred_at', 'second') }}
        <= dated_events.threshold_seconds
        or {{ dbt.datediff('dated_events.occurred_at', 'near_taints.next_taint_at', 'second') }}
        <= dated_events.threshold_seconds
)

select * from tainted
