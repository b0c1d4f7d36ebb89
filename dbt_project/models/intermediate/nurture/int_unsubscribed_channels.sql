-- Who unsubscribed from which channel, by whatever address; a robot's opt-out is honoured all the same.
with

activities as (
    select * from {{ ref('nurture_activities') }}
    where is_opt_out
),

daily_activity as (
    select daily_activity.*
    from {{ ref('int_identified_activity_daily') }} as daily_activity
    semi join activities
        on daily_activity.activity_type = activities.activity_type
),

holders as (
    select * from {{ ref('int_address_holders') }}
),

unsubscribed as (
    select
        lead_id,
        channel
    from daily_activity
    where lead_id is not null

    union

    select
        holders.lead_id,
        holders.channel
    from daily_activity
    inner join holders
        on
            daily_activity.channel = holders.channel
            and daily_activity.identifier = holders.identifier
)

select * from unsubscribed
