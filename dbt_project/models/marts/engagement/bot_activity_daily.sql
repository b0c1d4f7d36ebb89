-- What robots did in people's names, by day and reason: none of it counts towards a grade.
with

identified_activities as (
    select * from {{ ref('int_identified_activities') }}
    where bot_reason is not null
),

daily as (
    select
        activity_date,
        channel,
        activity_type,
        bot_reason,
        count(*) as event_count,
        count(distinct lead_id) as lead_count
    from identified_activities
    group by activity_date, channel, activity_type, bot_reason
)

select * from daily
