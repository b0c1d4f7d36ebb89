-- Clicks and unsubscribes with what came before and beside them: the evidence of the bot rules.
with

email_events as (
    select
        *,
        identifier as recipient
    from {{ events_to_take('int_events', 'int_events_to_judge') }}
    where source = 'email'
),

bot_rules as (
    select * from {{ ref('bot_rules') }}
    where is_enabled
),

visits as (
    select
        event_id,
        occurred_at,
        recipient,
        message_id,
        ip,
        coalesce({{ url_path('url') }}, event_type) as link
    from email_events
    where event_type in ('clicked', 'unsubscribed')
),

deliveries as (
    select
        recipient,
        message_id,
        coalesce(min(occurred_at) filter (where event_type = 'delivered'), min(occurred_at)) as delivered_at
    from email_events
    where event_type in ('sent', 'delivered') and message_id is not null
    group by recipient, message_id
),

burst_rule as (
    select threshold_seconds
    from bot_rules
    where rule = 'link_burst'
),

neighbours as (
    select
        visits.event_id,
        count(distinct other_visits.link) as distinct_links
    from visits
    cross join burst_rule
    inner join visits as other_visits
        on
            visits.recipient = other_visits.recipient
            and visits.message_id = other_visits.message_id
    where
        abs({{ dbt.datediff('visits.occurred_at', 'other_visits.occurred_at', 'second') }})
        <= burst_rule.threshold_seconds
    group by visits.event_id
),

with_evidence as (
    select
        visits.event_id,
        visits.occurred_at,
        visits.ip,
        visits.link,
        {{ dbt.datediff('deliveries.delivered_at', 'visits.occurred_at', 'second') }} as seconds_since_delivery,
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
