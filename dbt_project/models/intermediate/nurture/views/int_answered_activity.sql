-- What a lead did on a day, and what came from a number or handle of it that identity does not know.
with

daily_activity as (
    select * from {{ ref('lead_activity_daily') }}
),

unowned_activities as (
    select * from {{ ref('int_identified_activities') }}
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
        unowned_activities.activity_date,
        unowned_activities.activity_type,
        unowned_activities.topic,
        unowned_activities.channel,
        count(*) as activity_count,
        cast(sum(unowned_activities.quantity) as decimal(18, 4)) as quantity
    from unowned_activities
    inner join holders
        on
            unowned_activities.channel = holders.channel
            and unowned_activities.identifier = holders.identifier
    group by
        holders.lead_id, unowned_activities.activity_date, unowned_activities.activity_type, unowned_activities.topic,
        unowned_activities.channel
)

select * from answered
