-- Each moment at which a device said who uses it.
with

naming_events as (
    select * from {{ ref('int_naming_events') }}
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
        naming_events.identifier as anonymous_id,
        naming_events.occurred_at,
        coalesce(by_email.lead_id, by_user_id.lead_id) as lead_id
    from naming_events
    left join identities as by_email
        on naming_events.email = by_email.identifier
    left join identities as by_user_id
        on naming_events.user_id = by_user_id.identifier
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
