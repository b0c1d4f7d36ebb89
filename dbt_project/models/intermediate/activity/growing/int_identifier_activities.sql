-- What each address, device or handle did, each event once: all that is counted afterwards, and nothing else of the event.
with

events as (
    select * from {{ events_to_take('int_events', 'int_events_to_count') }}
),

{{ measured_events('events') }},

{{ placed_events('measured_events') }},

activities as (
    select
        source,
        identifier,
        activity_date,
        owner_known_at,
        channel,
        activity_type,
        topic,
        is_engagement,
        bot_reason,
        quantity,
        occurred_at
    from placed_events
)

select * from activities
