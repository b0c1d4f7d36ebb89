-- What a lead did on a day, and what came from a number or handle of it that identity does not know.
with

daily_activity as (
    select * from {{ ref('lead_activity_daily') }}
),

unowned_activity as (
    select * from {{ ref('int_identified_activity_daily') }}
    where lead_id is null and is_engagement and bot_reason is null
),

holders as (
    select * from {{ ref('int_address_holders') }}
),

answered as (
    select
        lead_id,
        activity_date,
        activity_type,
        topic,
        channel,
        activity_count,
        quantity
    from daily_activity

    union all

    select
        holders.lead_id,
        unowned_activity.activity_date,
        unowned_activity.activity_type,
        unowned_activity.topic,
        unowned_activity.channel,
        unowned_activity.activity_count,
        unowned_activity.quantity
    from unowned_activity
    inner join holders
        on
            unowned_activity.channel = holders.channel
            and unowned_activity.identifier = holders.identifier
)

select * from answered
