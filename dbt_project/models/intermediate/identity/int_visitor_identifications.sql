-- Each moment at which a device said who uses it.
with

web_events as (
    select * from {{ ref('stg_web__events') }}
    where
        occurred_at <= {{ as_of() }}
        and (user_id is not null or email is not null)
),

identities as (
    select * from {{ ref('int_identities') }}
),

identifications as (
    select
        web_events.anonymous_id,
        web_events.occurred_at,
        min(identities.lead_id) as lead_id
    from web_events
    inner join identities
        on coalesce(web_events.email, web_events.user_id) = identities.identifier
    group by web_events.anonymous_id, web_events.occurred_at
)

select * from identifications
