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

link_visits as (
    select * from {{ ref('int_email_link_visits') }}
),

tainted as (
    select distinct
        'email' as source,
        link_visits.event_id,
        'tainted_address' as rule
    from link_visits
    cross join taint_rule
    inner join tainting_moments
        on link_visits.ip = tainting_moments.ip
    where
        abs({{ dbt.datediff('link_visits.occurred_at', 'tainting_moments.occurred_at', 'second') }})
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
