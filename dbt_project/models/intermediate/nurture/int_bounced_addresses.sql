-- Addresses that came back once: nobody is there.
with

daily_activity as (
    select * from {{ ref('int_identified_activity_daily') }}
),

activities as (
    select * from {{ ref('nurture_activities') }}
    where is_bounce
),

bounced as (
    select distinct
        daily_activity.channel,
        daily_activity.identifier as address
    from daily_activity
    semi join activities
        on daily_activity.activity_type = activities.activity_type
)

select * from bounced
