-- What later events of the same mail are held against: when it was sent and delivered, and what was followed in it.
with

events as (
    select * from {{ events_to_take('int_events', 'int_new_events') }}
    where
        source = 'email'
        and event_type in ('sent', 'delivered', 'clicked', 'unsubscribed')
),

mail_events as (
    select
        source,
        event_id,
        occurred_at,
        event_type,
        identifier,
        message_id,
        url,
        ip,
        user_agent,
        http_method,
        can_be_robot
    from events
)

select * from mail_events
