-- One row an event, one shape for all channels, with the person and the bot verdict.
with

events as (
    select * from {{ ref('int_events') }}
),

{{ measured_events('events') }},

owners as (
    select * from {{ ref('int_identifier_owners') }}
),

activities as (
    select
        {{ dbt.concat(["measured_events.source", "':'", "measured_events.event_id"]) }} as activity_id,
        measured_events.channel,
        measured_events.event_id,
        measured_events.occurred_at,
        owners.lead_id,
        measured_events.identifier,
        measured_events.activity_type,
        measured_events.is_engagement,
        measured_events.topic,
        measured_events.quantity,
        measured_events.url,
        measured_events.campaign_id,
        measured_events.bot_reason is not null as is_bot,
        measured_events.bot_reason,
        measured_events.loaded_at
    from measured_events
    left join owners
        on
            measured_events.source = owners.source
            and measured_events.identifier = owners.identifier
            and (owners.valid_from is null or measured_events.occurred_at >= owners.valid_from)
            and (owners.valid_to is null or measured_events.occurred_at < owners.valid_to)
)

select * from activities
