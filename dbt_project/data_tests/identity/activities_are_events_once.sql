-- An increment that counts twice, or a join that fans out, counts one click twice: every event once.
with

events as (
    select count(*) as event_count
    from {{ ref('int_events') }}
),

counted as (
    select sum(activity_count) as event_count
    from {{ ref('int_identifier_activity_daily') }}
)

select
    events.event_count,
    counted.event_count as counted_count
from events
cross join counted
where events.event_count <> coalesce(counted.event_count, 0)
