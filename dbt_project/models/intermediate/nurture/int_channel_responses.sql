-- What was sent to each lead by each channel and, by day and hour, how it answered; faded.
with

activities as (
    select * from {{ ref('nurture_activities') }}
    where is_contact or response_points is not null
),

settings as (
    select * from {{ ref('nurture_settings') }}
),

daily_activity as (
    select
        daily_activity.*,
        activities.is_contact,
        activities.response_points,
        power(
            cast(0.5 as double),
            cast({{ dbt.datediff('daily_activity.activity_date', as_of_date(), 'day') }} as double) / settings.response_half_life_days
        ) as factor
    from {{ ref('int_identified_activity_daily') }} as daily_activity
    inner join activities
        on daily_activity.activity_type = activities.activity_type
    cross join settings
    where daily_activity.bot_reason is null
),

holders as (
    select * from {{ ref('int_address_holders') }}
),

people as (
    select
        coalesce(daily_activity.lead_id, holders.lead_id) as lead_id,
        daily_activity.channel,
        daily_activity.activity_type,
        daily_activity.activity_date,
        daily_activity.activity_count,
        daily_activity.is_contact,
        daily_activity.response_points,
        daily_activity.factor,
        extract(hour from daily_activity.first_at) as first_hour
    from daily_activity
    -- a handle or number that identity does not know
    left join holders
        on
            daily_activity.lead_id is null
            and daily_activity.channel = holders.channel
            and daily_activity.identifier = holders.identifier
    where coalesce(daily_activity.lead_id, holders.lead_id) is not null
),

counted as (
    select
        lead_id,
        channel,
        activity_type,
        activity_date,
        max(factor) as factor,
        sum(activity_count) as activity_count
    from people
    where is_contact
    group by lead_id, channel, activity_type, activity_date
),

responses as (
    -- what was sent and delivered is one contact
    select
        lead_id,
        channel,
        cast(null as integer) as response_hour,
        cast({{ rounded('max(activity_count) * max(factor)', 6) }} as decimal(18, 6)) as contacts,
        cast(0 as decimal(18, 6)) as response_points,
        cast(null as date) as response_date
    from counted
    group by lead_id, channel, activity_date

    union all

    select
        lead_id,
        channel,
        cast(first_hour as integer) as response_hour,
        cast(0 as decimal(18, 6)) as contacts,
        cast({{ rounded('cast(response_points as double) * activity_count * factor', 6) }} as decimal(18, 6)) as response_points,
        activity_date as response_date
    from people
    where response_points is not null
),

summed as (
    select
        lead_id,
        channel,
        response_hour,
        response_date,
        sum(contacts) as contacts,
        sum(response_points) as response_points
    from responses
    group by lead_id, channel, response_hour, response_date
)

select * from summed
