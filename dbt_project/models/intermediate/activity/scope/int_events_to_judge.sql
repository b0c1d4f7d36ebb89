-- New events, and what was followed earlier in the same mails: what comes late can change what is thought of it.
with

new_events as (
    select
        source,
        event_id,
        occurred_at,
        event_type,
        identifier,
        message_id,
        url,
        ip,
        user_agent,
        http_method,
        can_be_robot
    from {{ ref('int_new_events') }}
),

visits as (
    select * from {{ ref('int_mail_visits') }}
),

earlier_visits as (
    select visits.*
    from visits
    semi join new_events
        on
            visits.source = new_events.source
            and visits.identifier = new_events.identifier
            and visits.message_id = new_events.message_id
),

other_visits as (
    select earlier_visits.*
    from earlier_visits
    anti join new_events
        on
            earlier_visits.source = new_events.source
            and earlier_visits.event_id = new_events.event_id
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
    from other_visits
)

select * from to_judge
