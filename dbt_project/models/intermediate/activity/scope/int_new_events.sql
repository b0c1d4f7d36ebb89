-- What arrived, or came into the past, since lead_activity_daily was last built; empty where everything is built whole.
with

events as (
    select * from {{ ref('int_events') }}
),

new_events as (
    select *
    from events
    where {{ is_not_counted_yet() }}
)

select * from new_events
