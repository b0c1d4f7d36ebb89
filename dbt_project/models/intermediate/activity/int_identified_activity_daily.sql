-- What each identifier did on a day, with the person whose it was.
with

daily_activity as (
    select * from {{ ref('int_identifier_activity_daily') }}
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
        daily_activity.*,
        coalesce(sole_owners.lead_id, shared_owners.lead_id) as lead_id
    from daily_activity
    left join sole_owners
        on
            daily_activity.source = sole_owners.source
            and daily_activity.identifier = sole_owners.identifier
    left join shared_owners
        on
            daily_activity.source = shared_owners.source
            and daily_activity.identifier = shared_owners.identifier
            and daily_activity.owner_known_at = shared_owners.owner_known_at
)

select * from identified
