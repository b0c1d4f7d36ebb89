-- What robots did in people's names, by day and reason: none of it counts towards a grade.
with

activities as (
    select * from {{ ref('int_activities') }}
    where is_bot
),

daily as (
    select
        cast(occurred_at as date) as activity_date,
        channel,
        activity_type,
        bot_reason,
        count(*) as event_count,
        count(distinct lead_id) as lead_count
    from activities
    group by cast(occurred_at as date), channel, activity_type, bot_reason
)

select * from daily
