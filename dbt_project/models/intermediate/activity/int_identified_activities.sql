-- What each identifier did, event by event, with the person whose it was.
with

activities as (
    select * from {{ ref('int_identifier_activities') }}
),

sole_owners as (
    select * from {{ ref('int_identifier_owners') }}
    where is_sole_owner
),

shared_owners as (
    select * from {{ ref('int_shared_identifier_owners') }}
),

identified as (
    select
        activities.*,
        coalesce(sole_owners.lead_id, shared_owners.lead_id) as lead_id
    from activities
    left join sole_owners
        on
            activities.source = sole_owners.source
            and activities.identifier = sole_owners.identifier
    left join shared_owners
        on
            activities.source = shared_owners.source
            and activities.identifier = shared_owners.identifier
            and activities.owner_known_at = shared_owners.owner_known_at
)

select * from identified
