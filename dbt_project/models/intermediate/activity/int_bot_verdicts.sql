-- One row for each event that a robot made: the strongest reason, after its address has tainted its neighbours in time.
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

tainting_moments as (
    select distinct
        signals.ip,
        signals.occurred_at
    from signals
    inner join bot_rules
        on signals.rule = bot_rules.rule
    where bot_rules.taints_address and signals.ip is not null
),

seen_addresses as (
    select
        'email' as source,
        event_id,
        occurred_at,
        ip
    from {{ ref('stg_email__events') }}
    where
        occurred_at <= {{ as_of() }}
        and event_type in ('opened', 'clicked', 'unsubscribed')

    union all

    select
        'web' as source,
        event_id,
        occurred_at,
        ip
    from {{ ref('stg_web__events') }}
    where occurred_at <= {{ as_of() }}
),

tainted as (
    select distinct
        seen_addresses.source,
        seen_addresses.event_id,
        'tainted_address' as rule
    from seen_addresses
    cross join taint_rule
    inner join tainting_moments
        on seen_addresses.ip = tainting_moments.ip
    where
        abs({{ dbt.datediff('seen_addresses.occurred_at', 'tainting_moments.occurred_at', 'second') }})
        <= taint_rule.threshold_seconds
),

all_signals as (
    select
        source,
        event_id,
        rule
    from signals

    union all

    select
        source,
        event_id,
        rule
    from tainted
),

verdicts as (
    select
        all_signals.source,
        all_signals.event_id,
        min_by(all_signals.rule, bot_rules.precedence) as bot_reason
    from all_signals
    inner join bot_rules
        on all_signals.rule = bot_rules.rule
    group by all_signals.source, all_signals.event_id
)

select * from verdicts
