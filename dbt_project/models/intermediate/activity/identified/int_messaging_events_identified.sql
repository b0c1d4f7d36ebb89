with

messaging_events as (
    select * from {{ ref('stg_messaging__events') }}
    where occurred_at <= {{ as_of() }}
),

identities as (
    select
        identifier,
        min(lead_id) as lead_id
    from {{ ref('int_identities') }}
    group by identifier
    -- an id that a lead and a contact share names neither
    having count(distinct lead_id) = 1
),

identified as (
    select
        'messaging' as source,
        messaging_events.channel,
        messaging_events.event_id,
        messaging_events.occurred_at,
        messaging_events.event_type,
        identities.lead_id,
        messaging_events.recipient as identifier,
        messaging_events.url,
        messaging_events.campaign_id,
        cast(null as double) as dwell_seconds,
        messaging_events.loaded_at
    from messaging_events
    left join identities
        on messaging_events.recipient = identities.identifier
)

select * from identified
