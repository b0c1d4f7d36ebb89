-- What was done from an address that acted as a robot shortly before or after.
with

signals as (
    select * from {{ ref('int_bot_signals') }}
    where taints_address
),

events as (
    select * from {{ events_to_take('int_events', 'int_verdicts_to_restate') }}
    where can_be_robot
),

taint_rule as (
    select threshold_seconds
    from {{ ref('bot_rules') }}
    where rule = 'tainted_address' and is_enabled
),

-- a busy address is read once, not once for each of its events
timeline as (
    select
        events.source,
        events.event_id,
        events.ip,
        events.occurred_at,
        cast(null as timestamp) as tainted_at,
        true as is_asked_about
    from events
    semi join signals
        on events.ip = signals.ip

    union all

    select
        signals.source,
        signals.event_id,
        signals.ip,
        signals.occurred_at,
        signals.occurred_at as tainted_at,
        false as is_asked_about
    from signals
    semi join events
        on signals.ip = events.ip
),

nearest_taints as (
    select
        source,
        event_id,
        occurred_at,
        is_asked_about,
        max(tainted_at) over (partition by ip order by occurred_at) as last_taint_at,
        min(tainted_at) over (
            partition by ip order by occurred_at range between current row and unbounded following
        ) as next_taint_at
    from timeline
),

tainted as (
    select
        nearest_taints.source,
        nearest_taints.event_id
    from nearest_taints
    inner join taint_rule
        on
            {{ dbt.datediff('nearest_taints.last_taint_at', 'nearest_taints.occurred_at', 'second') }}
            <= taint_rule.threshold_seconds
            or {{ dbt.datediff('nearest_taints.occurred_at', 'nearest_taints.next_taint_at', 'second') }}
            <= taint_rule.threshold_seconds
    where nearest_taints.is_asked_about
)

select * from tainted
