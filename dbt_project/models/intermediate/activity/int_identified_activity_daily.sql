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
        on {{ is_owner('owners', 'daily_activity', 'owner_known_at') }}
)

select * from identified
