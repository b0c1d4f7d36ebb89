-- One row for each event that a robot made, with the strongest reason.
with

signals as (
    select * from {{ ref('int_bot_signals') }}
),

tainted_events as (
    select * from {{ ref('int_tainted_events') }}
),

to_restate as (
    select * from {{ ref('int_verdicts_to_restate') }}
),

bot_rules as (
    select * from {{ ref('bot_rules') }}
    where is_enabled
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
        'tainted_address' as rule
    from tainted_events
),

verdicts as (
    select
        all_signals.source,
        all_signals.event_id,
        min_by(all_signals.rule, bot_rules.precedence) as bot_reason
    from all_signals
    inner join bot_rules
        on all_signals.rule = bot_rules.rule
    {% if is_incremental() -%}
        semi join to_restate
            on
                all_signals.source = to_restate.source
                and all_signals.event_id = to_restate.event_id
    {%- endif %}
    group by all_signals.source, all_signals.event_id
)

select * from verdicts
