-- What each identifier did on a day, with the person whose it was.
with

daily_activity as (
    select * from {{ ref('int_identifier_activity_daily') }}
),

owners as (
    select * from {{ ref('int_identifier_owners') }}
),

identified as (
    select
        daily_activity.*,
        owners.lead_id
    from daily_activity
    left join owners
        on
            daily_activity.source = owners.source
            and daily_activity.identifier = owners.identifier
            and (owners.valid_from is null or daily_activity.owner_known_at >= owners.valid_from)
            and (owners.valid_to is null or daily_activity.owner_known_at < owners.valid_to)
)

select * from identified
