-- The grain that scores are made from: what a person did on a day, robots left out.
with

daily_activity as (
    select * from {{ ref('int_identifier_activity_daily') }}
    where
        is_engagement
        and bot_reason is null
),

owners as (
    select * from {{ ref('int_identifier_owners') }}
),

lead_days as (
    select * from {{ ref('int_lead_days_to_restate') }}
),

-- few leads are restated: theirs are looked for in the days, and not all days given to their leads
owners_to_count as (
    select owners.*
    from owners
    {% if is_incremental() -%}
        semi join lead_days
            on owners.lead_id = lead_days.lead_id
    {%- endif %}
),

identified as (
    select
        daily_activity.*,
        owners_to_count.lead_id
    from daily_activity
    inner join owners_to_count
        on {{ is_owner('owners_to_count', 'daily_activity', 'owner_known_at') }}
),

to_count as (
    select identified.*
    from identified
    {% if is_incremental() -%}
        semi join lead_days
            on
                identified.lead_id = lead_days.lead_id
                and identified.activity_date = lead_days.activity_date
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
