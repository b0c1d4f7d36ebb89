-- What each lead cares about, which channel it answers on and at which hour, long: the most preferred of each aspect first.
with

leads as (
    select lead_id from {{ ref('int_leads') }}
),

topics as (
    select * from {{ ref('int_topic_depths') }}
),

responses as (
    select * from {{ ref('int_channel_responses') }}
),

settings as (
    select * from {{ ref('nurture_settings') }}
),

channels as (
    select
        lead_id,
        channel,
        sum(response_points) as response_points,
        sum(contacts) as contacts,
        count(distinct response_date) as response_days,
        max(response_date) as last_date
    from responses
    group by lead_id, channel
),

hours as (
    select
        lead_id,
        response_hour,
        sum(response_points) as response_points,
        count(distinct response_date) as response_days,
        max(response_date) as last_date
    from responses
    where response_hour is not null
    group by lead_id, response_hour
),

aspects as (
    select
        lead_id,
        'topic' as aspect,
        topic as value,
        points as score,
        active_days,
        last_date
    from topics

    union all

    -- answers by what was sent and not by how much; a little of both is assumed, so that one lucky mail does not win
    select
        channels.lead_id,
        'channel' as aspect,
        channels.channel as value,
        cast(
            {{ rounded('cast(channels.response_points + settings.prior_response_points as double) / cast(channels.contacts + settings.prior_contacts as double)', 4) }}
            as decimal(18, 4)
        ) as score,
        channels.response_days as active_days,
        channels.last_date
    from channels
    cross join settings

    union all

    select
        lead_id,
        'hour' as aspect,
        cast(response_hour as string) as value,
        cast(round(response_points, 4) as decimal(18, 4)) as score,
        response_days as active_days,
        last_date
    from hours
),

ranked as (
    select
        aspects.*,
        row_number() over (
            partition by aspects.lead_id, aspects.aspect
            order by aspects.score desc, aspects.value asc
        ) as preference_rank
    from aspects
    semi join leads
        on aspects.lead_id = leads.lead_id
)

select
    ranked.lead_id,
    ranked.aspect,
    ranked.value,
    ranked.score,
    cast(ranked.active_days as bigint) as active_days,
    ranked.last_date,
    cast(ranked.preference_rank as integer) as preference_rank
from ranked
cross join settings
where ranked.preference_rank <= settings.interest_kept
