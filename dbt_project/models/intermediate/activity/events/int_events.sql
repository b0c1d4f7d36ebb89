-- Every staged event of all channels up to the as-of time, in one shape.
with

web_events as (
    select * from {{ ref('stg_web__events') }}
    where occurred_at <= {{ as_of() }}
),

email_events as (
    select * from {{ ref('stg_email__events') }}
    where occurred_at <= {{ as_of() }}
),

messaging_events as (
    select * from {{ ref('stg_messaging__events') }}
    where occurred_at <= {{ as_of() }}
),

events as (
    select
        'web' as source,
        'web' as channel,
        event_id,
        occurred_at,
        event_type,
        anonymous_id as identifier,
        user_id,
        email,
        cast(null as string) as message_id,
        utm_campaign as campaign_id,
        url,
        dwell_seconds,
        ip,
        user_agent,
        cast(null as string) as http_method,
        true as can_be_robot,
        load_id,
        loaded_at
    from web_events

    union all

    select
        'email' as source,
        'email' as channel,
        event_id,
        occurred_at,
        event_type,
        recipient as identifier,
        cast(null as string) as user_id,
        cast(null as string) as email,
        message_id,
        campaign_id,
        url,
        cast(null as double) as dwell_seconds,
        ip,
        user_agent,
        http_method,
        event_type in ('opened', 'clicked', 'unsubscribed') as can_be_robot,
        load_id,
        loaded_at
    from email_events

    union all

    select
        'messaging' as source,
        channel,
        event_id,
        occurred_at,
        event_type,
        recipient as identifier,
        cast(null as string) as user_id,
        cast(null as string) as email,
        cast(null as string) as message_id,
        campaign_id,
        url,
        cast(null as double) as dwell_seconds,
        cast(null as string) as ip,
        cast(null as string) as user_agent,
        cast(null as string) as http_method,
        false as can_be_robot,
        load_id,
        loaded_at
    from messaging_events
)

select * from events
