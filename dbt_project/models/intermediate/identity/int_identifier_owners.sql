-- Whose each identifier of an event is, and from when to when; an address or handle is one person's at all times.
with

identities as (
    select * from {{ ref('int_identities') }}
),

visitor_identities as (
    select * from {{ ref('int_visitor_identities') }}
),

handles as (
    select
        identifier,
        min(lead_id) as lead_id
    from identities
    group by identifier
    -- an id that a lead and a contact share names neither
    having count(distinct lead_id) = 1
),

turns as (
    select
        'email' as source,
        identifier,
        lead_id,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to
    from identities
    where identifier_type = 'email'

    union all

    select
        'messaging' as source,
        identifier,
        lead_id,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to
    from handles

    union all

    select
        'web' as source,
        anonymous_id as identifier,
        lead_id,
        valid_from,
        valid_to
    from visitor_identities
),

owners as (
    select
        *,
        valid_from is null and valid_to is null as is_sole_owner
    from turns
)

select * from owners
