-- How many distinct links of a mail were followed within seconds of each visit.
with

visits as (
    select * from {{ ref('int_email_visits') }}
),

bot_rules as (
    select * from {{ ref('bot_rules') }}
    where is_enabled
),

burst_rule as (
    select threshold_seconds
    from bot_rules
    where rule = 'link_burst'
),

-- a mail of which one link was followed has no neighbours, which is most of them
several_links as (
    select
        recipient,
        message_id
    from visits
    where message_id is not null
    group by recipient, message_id
    having min(link) < max(link)
),

visits_to_sweep as (
    select visits.*
    from visits
    semi join several_links
        on
            visits.recipient = several_links.recipient
            and visits.message_id = several_links.message_id
),

-- A visit makes its link a neighbour of all that happens within the threshold of it. Where these spans of one link
-- begin and end is swept in the order of time: one sort, where pairs of visits would be the square of a robot's clicks.
spaced_visits as (
    select
        visits.recipient,
        visits.message_id,
        visits.visited_second - burst_rule.threshold_seconds as near_from,
        visits.visited_second + burst_rule.threshold_seconds + 1 as near_to,
        (lag(visits.visited_second) over link_visits) + burst_rule.threshold_seconds as last_near_until,
        (lead(visits.visited_second) over link_visits) - burst_rule.threshold_seconds as next_near_from
    from visits_to_sweep as visits
    cross join burst_rule
    window link_visits as (
        partition by visits.recipient, visits.message_id, visits.link order by visits.visited_second
    )
),

sweep as (
    select
        recipient,
        message_id,
        event_id,
        visited_second as at_second,
        0 as links_more
    from visits_to_sweep

    union all

    select
        recipient,
        message_id,
        cast(null as string) as event_id,
        near_from as at_second,
        1 as links_more
    from spaced_visits
    where last_near_until is null or last_near_until < near_from

    union all

    select
        recipient,
        message_id,
        cast(null as string) as event_id,
        near_to as at_second,
        -1 as links_more
    from spaced_visits
    where next_near_from is null or next_near_from >= near_to
),

neighbours as (
    select
        event_id,
        sum(links_more) over (partition by recipient, message_id order by at_second) as distinct_links
    from sweep
),

neighbours_of_visits as (
    select
        event_id,
        cast(distinct_links as bigint) as distinct_links
    from neighbours
    where event_id is not null
)

select * from neighbours_of_visits
