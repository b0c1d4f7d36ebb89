-- Clicks and unsubscribes with what came before and beside them: the evidence of the bot rules.
with

sent_events as (
    select * from {{ ref('int_mail_events') }}
    where event_type in ('sent', 'delivered')
),

visits as (
    select * from {{ ref('int_email_visits') }}
),

neighbours as (
    select * from {{ ref('int_email_link_neighbours') }}
),

deliveries as (
    select
        sent_events.identifier as recipient,
        sent_events.message_id,
        coalesce(
            min(sent_events.occurred_at) filter (where sent_events.event_type = 'delivered'),
            min(sent_events.occurred_at)
        ) as delivered_at
    from sent_events
    -- most mails are never followed
    semi join visits
        on
            sent_events.identifier = visits.recipient
            and sent_events.message_id = visits.message_id
    group by sent_events.identifier, sent_events.message_id
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
