-- Each moment at which a device said who uses it.
with

web_events as (
    select * from {{ ref('stg_web__events') }}
    where
        occurred_at <= {{ as_of() }}
        and (user_id is not null or email is not null)
),

identities as (
    select
        identifier,
        min(lead_id) as lead_id
    from {{ ref('int_identities') }}
    group by identifier
    -- an id that a lead and a contact share names neither
    having count(distinct lead_id) = 1
),

named as (
    select
        web_events.anonymous_id,
        web_events.occurred_at,
        coalesce(by_email.lead_id, by_user_id.lead_id) as lead_id
    from web_events
    left join identities as by_email
        on web_events.email = by_email.identifier
    left join identities as by_user_id
        on web_events.user_id = by_user_id.identifier
),

identifications as (
    select
        anonymous_id,
        occurred_at,
        min(lead_id) as lead_id
    from named
    where lead_id is not null
    group by anonymous_id, occurred_at
)

select * from identifications
