-- Clicks and unsubscribes with what came before and beside them: the evidence of the bot rules.
with

email_events as (
    select * from {{ events_to_take('int_events', 'int_events_to_judge') }}
    where source = 'email'
),

visits as (
    select * from {{ ref('int_email_visits') }}
),

neighbours as (
    select * from {{ ref('int_email_link_neighbours') }}
),

deliveries as (
    select
        identifier as recipient,
        message_id,
        coalesce(min(occurred_at) filter (where event_type = 'delivered'), min(occurred_at)) as delivered_at
    from email_events
    where event_type in ('sent', 'delivered') and message_id is not null
    group by identifier, message_id
),

with_evidence as (
    select
        visits.event_id,
        visits.occurred_at,
        visits.ip,
        visits.link,
        {{ dbt.datediff('deliveries.delivered_at', 'visits.occurred_at', 'second') }} as seconds_since_delivery,
        -- a mail of which one link was followed has no neighbours
        coalesce(neighbours.distinct_links, 1) as distinct_links
    from visits
    left join deliveries
        on
            visits.recipient = deliveries.recipient
            and visits.message_id = deliveries.message_id
    left join neighbours
        on visits.event_id = neighbours.event_id
)

select * from with_evidence
