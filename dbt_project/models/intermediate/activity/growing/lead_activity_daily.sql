-- depends_on: {{ ref('int_identifier_owners') }}
-- The grain that scores are made from: what a person did on a day, robots left out.
with

daily_activity as (
    select * from {{ ref('int_identified_activity_daily') }}
    where
        lead_id is not null
        and is_engagement
        and bot_reason is null
),

lead_days as (
    select * from {{ ref('int_lead_days_to_restate') }}
),

to_count as (
    select daily_activity.*
    from daily_activity
    {% if is_incremental() -%}
        semi join lead_days
            on
                daily_activity.lead_id = lead_days.lead_id
                and daily_activity.activity_date = lead_days.activity_date
    {%- endif %}
),

daily as (
    select
        lead_id,
        activity_date,
        activity_type,
        topic,
        channel,
        cast(sum(activity_count) as bigint) as activity_count,
        cast(sum(quantity) as decimal(18, 4)) as quantity
    from to_count
    group by lead_id, activity_date, activity_type, topic, channel
)

select * from daily
