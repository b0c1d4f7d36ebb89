-- How deeply each lead went into each topic: faded points, more for coming back on other days and for reading to the end.
with

daily_activity as (
    select
        *,
        {{ dbt.datediff('activity_date', as_of_date(), 'day') }} as age_days
    from {{ ref('int_answered_activity') }}
    where topic <> 'other'
),

activities as (
    select * from {{ ref('nurture_activities') }}
    where interest_points is not null
),

settings as (
    select * from {{ ref('nurture_settings') }}
),

views as (
    select * from {{ ref('int_content_views') }}
    where completed_at <= {{ as_of() }}
),

-- whose reading it was: neither a robot's nor that of who else used the device on that day
readers as (
    select distinct
        identified_activities.lead_id,
        views.content_id,
        views.activity_date
    from {{ ref('int_identified_activities') }} as identified_activities
    inner join views
        on
            identified_activities.source = views.source
            and identified_activities.identifier = views.identifier
            and identified_activities.activity_date = views.activity_date
    where identified_activities.lead_id is not null and identified_activities.bot_reason is null
),

completed as (
    select
        readers.lead_id,
        contents.topic,
        max(readers.activity_date) as activity_date
    from readers
    inner join {{ ref('nurture_contents') }} as contents
        on readers.content_id = contents.content_id
    group by readers.lead_id, readers.content_id, contents.topic
),

depths as (
    select
        daily_activity.lead_id,
        daily_activity.topic,
        daily_activity.activity_date,
        daily_activity.age_days,
        cast(activities.interest_points * daily_activity.quantity as double) as points,
        0 as completed_count
    from daily_activity
    inner join activities
        on daily_activity.activity_type = activities.activity_type

    union all

    select
        completed.lead_id,
        completed.topic,
        completed.activity_date,
        {{ dbt.datediff('completed.activity_date', as_of_date(), 'day') }} as age_days,
        cast(settings.completion_points as double) as points,
        1 as completed_count
    from completed
    cross join settings
),

summed as (
    select
        depths.lead_id,
        depths.topic,
        sum(cast({{ rounded('depths.points * power(cast(0.5 as double), cast(depths.age_days as double) / settings.interest_half_life_days)', 6) }} as decimal(18, 6))) as points,
        count(distinct depths.activity_date) as active_days,
        sum(depths.completed_count) as completed_count,
        max(depths.activity_date) as last_date,
        max(settings.repeat_percent) as repeat_percent,
        max(settings.repeat_days_most) as repeat_days_most
    from depths
    cross join settings
    group by depths.lead_id, depths.topic
)

select
    lead_id,
    topic,
    -- decimals that fit: wider ones become doubles on one engine, and round in another way
    cast(
        round(
            cast(points as decimal(18, 6))
            * cast(100 + repeat_percent * least(active_days - 1, repeat_days_most) as decimal(9, 0))
            * cast(0.01 as decimal(3, 2)),
            4
        ) as decimal(18, 4)
    ) as points,
    active_days,
    cast(completed_count as bigint) as completed_count,
    last_date
from summed
