-- One row an event, one shape for all channels, with the person and the bot verdict.
with

events as (
    select * from {{ ref('int_events') }}
),

{{ measured_events('events') }},

{{ placed_events('measured_events') }},

sole_owners as (
    select * from {{ ref('int_identifier_owners') }}
    where is_sole_owner
),

shared_owners as (
    select * from {{ ref('int_shared_identifier_owners') }}
),

activities as (
    select
        {{ dbt.concat(["placed_events.source", "':'", "placed_events.event_id"]) }} as activity_id,
        placed_events.channel,
        placed_events.event_id,
        placed_events.occurred_at,
        coalesce(sole_owners.lead_id, shared_owners.lead_id) as lead_id,
        placed_events.identifier,
        placed_events.activity_type,
        placed_events.is_engagement,
        placed_events.topic,
        placed_events.quantity,
        placed_events.url,
        placed_events.campaign_id,
        placed_events.bot_reason is not null as is_bot,
        placed_events.bot_reason,
        placed_events.loaded_at
    from placed_events
    left join sole_owners
        on
            placed_events.source = sole_owners.source
            and placed_events.identifier = sole_owners.identifier
    left join shared_owners
        on
            placed_events.source = shared_owners.source
            and placed_events.identifier = shared_owners.identifier
            and placed_events.owner_known_at = shared_owners.owner_known_at
)

select * from activities
