with

email_events as (
    select * from {{ ref('stg_email__events') }}
    where occurred_at <= {{ as_of() }}
),

identities as (
    select * from {{ ref('int_identities') }}
    where identifier_type = 'email'
),

identified as (
    select
        'email' as source,
        'email' as channel,
        email_events.event_id,
        email_events.occurred_at,
        email_events.event_type,
        identities.lead_id,
        email_events.recipient as identifier,
        email_events.url,
        email_events.campaign_id,
        cast(null as double) as dwell_seconds,
        email_events.loaded_at
    from email_events
    left join identities
        on email_events.recipient = identities.identifier
)

select * from identified
