-- All events of the days to restate, in which something is new.
with

events as (
    select * from {{ ref('int_events') }}
    {{ where_between(ref('int_verdicts_to_restate'), whole_days=true) }}
),

activity_days as (
    select * from {{ ref('int_activity_days_to_restate') }}
),

to_count as (
    select events.*
    from events
    semi join activity_days
        on
            events.source = activity_days.source
            and events.identifier = activity_days.identifier
            and cast(events.occurred_at as date) = activity_days.activity_date
)

select * from to_count
