{#
    CTEs, the last of which is `measured_events`: the rows of the CTE `events` with activity_type, is_engagement, topic,
    quantity and the bot verdict.
#}
{% macro measured_events(events) -%}
event_types as (
    select * from {{ ref('event_types') }}
),

urls as (
    select * from {{ ref('int_urls_classified') }}
),

bot_verdicts as (
    select * from {{ ref('int_bot_verdicts') }}
),

typed_events as (
    select
        {{ events }}.*,
        event_types.activity_type,
        event_types.is_engagement,
        event_types.quantity_cap,
        case
            when event_types.quantity_column = 'dwell_seconds' then {{ events }}.dwell_seconds / event_types.quantity_divisor
        end as measured_quantity
    from {{ events }}
    left join event_types
        on
            {{ events }}.source = event_types.source
            and {{ events }}.event_type = event_types.event_type
),

measured_events as (
    select
        typed_events.source,
        typed_events.channel,
        typed_events.event_id,
        typed_events.occurred_at,
        typed_events.identifier,
        coalesce(typed_events.activity_type, 'unmapped') as activity_type,
        coalesce(typed_events.is_engagement, false) as is_engagement,
        coalesce(urls.topic, 'other') as topic,
        cast(
            case
                when typed_events.measured_quantity is null then 1
                -- a blank cap is none: least skips nulls
                else {{ rounded('least(typed_events.measured_quantity, typed_events.quantity_cap)', 4) }}
            end as decimal(18, 4)
        ) as quantity,
        typed_events.url,
        typed_events.campaign_id,
        bot_verdicts.bot_reason,
        typed_events.loaded_at
    from typed_events
    left join urls
        on {{ url_path('typed_events.url') }} = urls.url_path
    left join bot_verdicts
        on
            typed_events.source = bot_verdicts.source
            and typed_events.event_id = bot_verdicts.event_id
)
{%- endmacro %}
