-- What each address, device or handle did on a day: the only place where events are counted.
with

events as (
    select * from {{ events_to_take('int_events', 'int_events_to_count') }}
),

{{ measured_events('events') }},

naming_events as (
    select * from {{ ref('int_naming_events') }}
),

naming_moments as (
    select distinct
        source,
        identifier,
        cast(occurred_at as date) as activity_date,
        occurred_at as named_at
    from naming_events
),

-- a device can change hands within a day, but only when it names somebody
naming_periods as (
    select
        *,
        lead(named_at) over (partition by source, identifier, activity_date order by named_at) as next_named_at
    from naming_moments
),

dated as (
    select
        measured_events.*,
        cast(measured_events.occurred_at as date) as activity_date
    from measured_events
),

placed as (
    select
        dated.*,
        coalesce(naming_periods.named_at, cast(dated.activity_date as timestamp)) as owner_known_at
    from dated
    left join naming_periods
        on
            dated.source = naming_periods.source
            and dated.identifier = naming_periods.identifier
            and dated.activity_date = naming_periods.activity_date
            and dated.occurred_at >= naming_periods.named_at
            and (naming_periods.next_named_at is null or dated.occurred_at < naming_periods.next_named_at)
),

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
    from placed
    group by
        source, identifier, owner_known_at, channel, activity_type, topic, is_engagement, bot_reason
)

select * from daily
