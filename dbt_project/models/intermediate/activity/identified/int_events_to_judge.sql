-- What a robot can have done: opens, clicks and unsubscribes of mails, and everything on the web.
with

email_events as (
    select * from {{ ref('stg_email__events') }}
    where
        occurred_at <= {{ as_of() }}
        and event_type in ('opened', 'clicked', 'unsubscribed')
),

web_events as (
    select * from {{ ref('stg_web__events') }}
    where occurred_at <= {{ as_of() }}
),

events as (
    select
        'email' as source,
        event_id,
        occurred_at,
        event_type,
        ip,
        user_agent,
        http_method
    from email_events

    union all

    select
        'web' as source,
        event_id,
        occurred_at,
        event_type,
        ip,
        user_agent,
        cast(null as string) as http_method
    from web_events
)

select * from events
