-- What each address, device or handle did on a day: the only place where events are counted.
with

events as (
    select * from {{ events_to_take('int_events', 'int_events_to_count') }}
),

{{ measured_events('events') }},

{{ placed_events('measured_events') }},

daily as (
    select
        source,
        identifier,
        -- the same for all that have one owner_known_at, so it need not be grouped by
        cast(owner_known_at as date) as activity_date,
        owner_known_at,
        channel,
        activity_type,
        topic,
        is_engagement,
        bot_reason,
        count(*) as activity_count,
        cast(sum(quantity) as decimal(18, 4)) as quantity,
        min(occurred_at) as first_at
    from placed_events
    group by
        source, identifier, owner_known_at, channel, activity_type, topic, is_engagement, bot_reason
)

select * from daily
