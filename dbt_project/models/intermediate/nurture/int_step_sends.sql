-- What was sent of each step to whom, by whatever channel, and how often it was answered.
with

touches as (
    select * from {{ ref('int_nurture_touches') }}
    where program is not null and step is not null
),

activities as (
    select * from {{ ref('nurture_activities') }}
    where is_contact or response_points is not null
),

sends as (
    select
        touches.lead_id,
        touches.program,
        touches.step,
        min(case when activities.is_contact then touches.occurred_at end) as first_sent_at,
        max(case when activities.is_contact then touches.occurred_at end) as last_sent_at,
        count(distinct case when activities.is_contact then cast(touches.occurred_at as date) end) as send_count,
        count(case when not activities.is_contact then 1 end) as response_count
    from touches
    inner join activities
        on touches.activity_type = activities.activity_type
    group by touches.lead_id, touches.program, touches.step
)

select * from sends
where first_sent_at is not null
