-- What was done from an address that acted as a robot shortly before or after.
with

signals as (
    select * from {{ ref('int_bot_signals') }}
),

bot_rules as (
    select * from {{ ref('bot_rules') }}
    where is_enabled
),

taint_rule as (
    select threshold_seconds
    from bot_rules
    where rule = 'tainted_address'
),

tainting_events as (
    select distinct
        signals.source,
        signals.event_id,
        signals.ip
    from signals
    inner join bot_rules
        on signals.rule = bot_rules.rule
    where bot_rules.taints_address and signals.ip is not null
),

tainting_addresses as (
    select distinct ip
    from tainting_events
),

seen_addresses as (
    select * from {{ ref('int_events_to_judge') }}
),

timeline as (
    select
        seen_addresses.source,
        seen_addresses.event_id,
        seen_addresses.ip,
        seen_addresses.occurred_at,
        case when tainting_events.event_id is not null then seen_addresses.occurred_at end as tainted_at
    from seen_addresses
    semi join tainting_addresses
        on seen_addresses.ip = tainting_addresses.ip
    left join tainting_events
        on
            seen_addresses.source = tainting_events.source
            and seen_addresses.event_id = tainting_events.event_id
),

-- the nearest taint on either side, so that a busy address is read once and not once for each of its events
nearest_taints as (
    select
        source,
        event_id,
        occurred_at,
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
)

select * from tainted
