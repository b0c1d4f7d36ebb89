-- What robots did in people's names, by day and reason: none of it counts towards a grade.
with

daily_activity as (
    select * from {{ ref('int_identified_activity_daily') }}
    where bot_reason is not null
),

daily as (
    select
        activity_date,
        channel,
        activity_type,
        bot_reason,
        cast(sum(activity_count) as bigint) as event_count,
        count(distinct lead_id) as lead_count
    from daily_activity
    group by activity_date, channel, activity_type, bot_reason
)

select * from daily
