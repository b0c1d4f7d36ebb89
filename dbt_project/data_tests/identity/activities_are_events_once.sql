-- An increment that counts twice, or a join that fans out, counts one click twice: every event once.
with

events as (
    select count(*) as event_count
    from {{ ref('int_events') }}
),

counted as (
    select count(*) as event_count
    from {{ ref('int_identifier_activities') }}
)

select
    events.event_count,
    counted.event_count as counted_count
from events
cross join counted
where events.event_count <> counted.event_count
