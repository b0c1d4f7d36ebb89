-- What was sent to each lead by each channel and, by day and hour, how it answered; faded.
with

activities as (
    select * from {{ ref('nurture_activities') }}
    where is_contact or response_points is not null
),

settings as (
    select * from {{ ref('nurture_settings') }}
),

identified_activities as (
    select
        identified_activities.*,
        activities.is_contact,
        activities.response_points,
        power(
            cast(0.5 as double),
            cast({{ dbt.datediff('identified_activities.activity_date', as_of_date(), 'day') }} as double) / settings.response_half_life_days
        ) as factor
    from {{ ref('int_identified_activities') }} as identified_activities
    inner join activities
        on identified_activities.activity_type = activities.activity_type
    cross join settings
    where identified_activities.bot_reason is null
),

holders as (
    select * from {{ ref('int_address_holders') }}
),

people as (
    select
        coalesce(identified_activities.lead_id, holders.lead_id) as lead_id,
        identified_activities.channel,
        identified_activities.activity_type,
        identified_activities.activity_date,
        identified_activities.is_contact,
        identified_activities.response_points,
        identified_activities.factor,
        extract(hour from identified_activities.occurred_at) as occurred_hour
    from identified_activities
    -- a handle or number that identity does not know
    left join holders
        on
            identified_activities.lead_id is null
            and identified_activities.channel = holders.channel
            and identified_activities.identifier = holders.identifier
    where coalesce(identified_activities.lead_id, holders.lead_id) is not null
),

counted as (
    select
        lead_id,
        channel,
        activity_type,
        activity_date,
        max(factor) as factor,
        count(*) as contact_count
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
        cast({{ rounded('max(contact_count) * max(factor)', 6) }} as decimal(18, 6)) as contacts,
        cast(0 as decimal(18, 6)) as response_points,
        cast(null as date) as response_date
    from counted
    group by lead_id, channel, activity_date

    union all

    select
        lead_id,
        channel,
        cast(occurred_hour as integer) as response_hour,
        cast(0 as decimal(18, 6)) as contacts,
        cast({{ rounded('cast(response_points as double) * factor', 6) }} as decimal(18, 6)) as response_points,
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
