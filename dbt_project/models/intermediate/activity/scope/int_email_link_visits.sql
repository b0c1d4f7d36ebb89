-- Clicks and unsubscribes with what came before and beside them: the evidence of the bot rules.
with

mail_deliveries as (
    select * from {{ ref('int_mail_deliveries') }}
),

visits as (
    select * from {{ ref('int_email_visits') }}
),

neighbours as (
    select * from {{ ref('int_email_link_neighbours') }}
),

deliveries as (
    select
        mail_deliveries.recipient,
        mail_deliveries.message_id,
        coalesce(min(mail_deliveries.delivered_at), min(mail_deliveries.first_at)) as delivered_at
    from mail_deliveries
    -- most mails are never followed
    semi join visits
        on
            mail_deliveries.recipient = visits.recipient
            and mail_deliveries.message_id = visits.message_id
    group by mail_deliveries.recipient, mail_deliveries.message_id
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
