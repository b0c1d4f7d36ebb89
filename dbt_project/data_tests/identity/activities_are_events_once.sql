-- A join that fans out, or an increment that counts twice, counts one click twice: every event once, with or without a person.
with

events as (
    select count(*) as event_count
    from {{ ref('int_events') }}
),

counted as (
    select sum(activity_count) as event_count
    from {{ ref('int_identifier_activity_daily') }}
),

identified as (
    select sum(activity_count) as event_count
    from {{ ref('int_identified_activity_daily') }}
)

select
    events.event_count,
    counted.event_count as counted_count,
    identified.event_count as identified_count
from events
cross join counted
cross join identified
where
    events.event_count <> coalesce(counted.event_count, 0)
    or events.event_count <> coalesce(identified.event_count, 0)
