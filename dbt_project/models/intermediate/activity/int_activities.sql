-- One row an event, one shape for all channels.
with

events as (
    select * from {{ ref('int_web_events_identified') }}
    union all
    select * from {{ ref('int_email_events_identified') }}
    union all
    select * from {{ ref('int_messaging_events_identified') }}
),

event_types as (
    select * from {{ ref('event_types') }}
),

urls as (
    select * from {{ ref('int_urls_classified') }}
),

bot_verdicts as (
    select * from {{ ref('int_bot_verdicts') }}
),

measured as (
    select
        events.*,
        event_types.activity_type,
        event_types.is_engagement,
        event_types.quantity_cap,
        case
            when event_types.quantity_column = 'dwell_seconds' then events.dwell_seconds / event_types.quantity_divisor
        end as measured_quantity
    from events
    left join event_types
        on
            events.source = event_types.source
            and events.event_type = event_types.event_type
),

activities as (
    select
        {{ dbt.concat(["measured.source", "':'", "measured.event_id"]) }} as activity_id,
        measured.channel,
        measured.event_id,
        measured.occurred_at,
        measured.lead_id,
        measured.identifier,
        coalesce(measured.activity_type, 'unmapped') as activity_type,
        coalesce(measured.is_engagement, false) as is_engagement,
        coalesce(urls.topic, 'other') as topic,
        cast(
            coalesce(
                least(measured.measured_quantity, coalesce(measured.quantity_cap, measured.measured_quantity)), 1
            ) as decimal(18, 4)
        ) as quantity,
        measured.url,
        measured.campaign_id,
        bot_verdicts.event_id is not null as is_bot,
        bot_verdicts.bot_reason,
        measured.loaded_at
    from measured
    left join urls
        on {{ url_path('measured.url') }} = urls.url_path
    left join bot_verdicts
        on
            measured.source = bot_verdicts.source
            and measured.event_id = bot_verdicts.event_id
)

select * from activities
