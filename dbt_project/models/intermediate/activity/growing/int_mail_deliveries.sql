-- When each mail was first sent and delivered, by run: what is counted again changes no minimum.
with

events as (
    select * from {{ events_to_take('int_events', 'int_new_events') }}
    where
        source = 'email'
        and event_type in ('sent', 'delivered')
        and message_id is not null
),

deliveries as (
    select
        identifier as recipient,
        message_id,
        min(occurred_at) as first_at,
        min(case when event_type = 'delivered' then occurred_at end) as delivered_at
    from events
    group by identifier, message_id
)

select * from deliveries
