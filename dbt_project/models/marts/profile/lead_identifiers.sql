-- Every identifier that means a person: records, addresses, devices.
with

identities as (
    select * from {{ ref('int_identities') }}
),

visitor_identities as (
    select * from {{ ref('int_visitor_identities') }}
),

identifiers as (
    select
        identifier_type,
        identifier,
        lead_id,
        rule,
        since,
        cast(null as timestamp) as until
    from identities

    union all

    select
        'device' as identifier_type,
        anonymous_id as identifier,
        lead_id,
        'identified_on_device' as rule,
        identified_at as since,
        valid_to as until
    from visitor_identities
)

select * from identifiers
