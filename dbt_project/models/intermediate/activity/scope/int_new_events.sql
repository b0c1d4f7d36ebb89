-- What arrived, or came into the past, since lead_activity_daily was last built; empty where everything is built whole.
with

new_events as (
    {{ events_not_counted_yet(ref('int_events')) }}
)

select * from new_events
