-- What was followed in mails: a later event of the same mail can change what is thought of it.
with

events as (
    select * from {{ events_to_take('int_events', 'int_new_events') }}
    where
        source = 'email'
        and event_type in ('clicked', 'unsubscribed')
),

visits as (
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

select * from visits
