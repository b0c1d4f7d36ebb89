with

web_events as (
    select * from {{ ref('stg_web__events') }}
    where occurred_at <= {{ as_of() }}
),

visitor_identities as (
    select * from {{ ref('int_visitor_identities') }}
),

identified as (
    select
        'web' as source,
        'web' as channel,
        web_events.event_id,
        web_events.occurred_at,
        web_events.event_type,
        visitor_identities.lead_id,
        web_events.anonymous_id as identifier,
        web_events.url,
        web_events.utm_campaign as campaign_id,
        web_events.dwell_seconds,
        web_events.loaded_at
    from web_events
    left join visitor_identities
        on
            web_events.anonymous_id = visitor_identities.anonymous_id
            and (visitor_identities.valid_from is null or web_events.occurred_at >= visitor_identities.valid_from)
            and (visitor_identities.valid_to is null or web_events.occurred_at < visitor_identities.valid_to)
)

select * from identified
