-- Every identifier that means a person: records, addresses, devices.
with

identities as (
    select * from {{ ref('int_identities') }}
),

visitor_identities as (
    select * from {{ ref('int_visitor_identities') }}
),

erased as (
    select lead_id from {{ ref('int_leads') }}
    where is_erased
),

identifiers as (
    select
        identities.identifier_type,
        identities.identifier,
        identities.lead_id,
        identities.rule,
        identities.since,
        cast(null as timestamp) as until
    from identities
    left join erased
        on identities.lead_id = erased.lead_id
    where
        identities.identifier_type <> 'email'
        or erased.lead_id is null

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
