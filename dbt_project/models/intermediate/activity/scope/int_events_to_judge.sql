-- New events, and earlier ones of the same mails: what comes late can change what is thought of them.
with

events as (
    select * from {{ ref('int_events') }}
    {{ where_not_built_whole() }}
),

new_events as (
    select * from {{ ref('int_new_events') }}
),

touched_mails as (
    select distinct
        identifier,
        message_id
    from new_events
    where source = 'email'
),

earlier_events as (
    select events.*
    from events
    semi join touched_mails
        on
            events.identifier = touched_mails.identifier
            and events.message_id = touched_mails.message_id
    where events.source = 'email'
),

other_events as (
    select earlier_events.*
    from earlier_events
    anti join new_events
        on
            earlier_events.source = new_events.source
            and earlier_events.event_id = new_events.event_id
),

to_judge as (
    select
        *,
        true as is_new
    from new_events

    union all

    select
        *,
        false as is_new
    from other_events
)

select * from to_judge
