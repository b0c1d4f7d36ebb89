-- Each moment at which a device said who uses it, in the words of the event.
with

events as (
    select * from {{ events_to_take('int_events', 'int_new_events') }}
    where
        source = 'web'
        and (user_id is not null or email is not null)
),

naming_events as (
    select
        source,
        event_id,
        occurred_at,
        identifier,
        user_id,
        email
    from events
)

select * from naming_events
