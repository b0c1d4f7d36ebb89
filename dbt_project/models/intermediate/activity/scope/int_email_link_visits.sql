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
        email_events.identifier as recipient,
        email_events.message_id,
        coalesce(
            min(email_events.occurred_at) filter (where email_events.event_type = 'delivered'),
            min(email_events.occurred_at)
        ) as delivered_at
    from email_events
    -- most mails are never followed
    semi join visits
        on
            email_events.identifier = visits.recipient
            and email_events.message_id = visits.message_id
    where email_events.event_type in ('sent', 'delivered')
    group by email_events.identifier, email_events.message_id
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
