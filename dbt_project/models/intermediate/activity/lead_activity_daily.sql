-- The grain that scores are made from: what a person did on a day, robots left out.
with

activities as (
    select * from {{ ref('int_activities') }}
    where
        lead_id is not null
        and is_engagement
        and not is_bot
),

daily as (
    select
        lead_id,
        cast(occurred_at as date) as activity_date,
        activity_type,
        topic,
        channel,
        count(*) as activity_count,
        cast(sum(quantity) as decimal(18, 4)) as quantity
    from activities
    group by lead_id, cast(occurred_at as date), activity_type, topic, channel
)

select * from daily
