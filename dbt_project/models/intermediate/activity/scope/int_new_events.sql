-- What arrived, or came into the past, since lead_activity_daily was last built; empty where everything is built whole.
with

events as (
    select * from {{ ref('int_events') }}
),

new_events as (
    {{ events_not_counted_yet('events') }}
)

select * from new_events
