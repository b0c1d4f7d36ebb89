-- Nurture's events with the person: what was sent, seen and answered. What came to an address counts for all who share it.
with

events as (
    select * from {{ ref('int_nurture_events') }}
    where occurred_at <= {{ as_of() }}
),

owners as (
    select * from {{ ref('int_identifier_owners') }}
),

holders as (
    select * from {{ ref('int_address_holders') }}
),

robots as (
    select * from {{ ref('int_bot_verdicts') }}
),

event_types as (
    select * from {{ ref('event_types') }}
),

people as (
    select
        events.source,
        events.event_id,
        owners.lead_id
    from events
    inner join owners
        on
            events.source = owners.source
            and events.identifier = owners.identifier
            and (owners.valid_from is null or events.occurred_at >= owners.valid_from)
            and (owners.valid_to is null or events.occurred_at < owners.valid_to)

    union

    select
        events.source,
        events.event_id,
        holders.lead_id
    from events
    inner join holders
        on
            events.channel = holders.channel
            and events.identifier = holders.identifier
),

human as (
    select events.*
    from events
    anti join robots
        on
            events.source = robots.source
            and events.event_id = robots.event_id
),

touches as (
    select
        people.lead_id,
        human.source,
        human.channel,
        human.event_id,
        event_types.activity_type,
        human.occurred_at,
        {{ nurture_campaign_part('human.campaign_id', 'program') }} as program,
        try_cast({{ nurture_campaign_part('human.campaign_id', 'step') }} as integer) as step,
        {{ nurture_campaign_part('human.campaign_id', 'content') }} as content_id,
        human.referral_code
    from human
    inner join people
        on
            human.source = people.source
            and human.event_id = people.event_id
    inner join event_types
        on
            human.source = event_types.source
            and human.event_type = event_types.event_type
)

select * from touches
