-- Addresses that came back once: nobody is there.
with

identified_activities as (
    select * from {{ ref('int_identified_activities') }}
),

activities as (
    select * from {{ ref('nurture_activities') }}
    where is_bounce
),

bounced as (
    select distinct
        identified_activities.channel,
        identified_activities.identifier as address
    from identified_activities
    semi join activities
        on identified_activities.activity_type = activities.activity_type
)

select * from bounced
