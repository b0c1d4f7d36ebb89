-- The grain that scores are made from: what a person did on a day, robots left out.
with

daily_activity as (
    select * from {{ ref('int_identifier_activity_daily') }}
    where
        is_engagement
        and bot_reason is null
),

sole_owners as (
    select * from {{ ref('int_identifier_owners') }}
    where valid_from is null and valid_to is null
),

shared_owners as (
    select * from {{ ref('int_shared_identifier_owners') }}
),

lead_days as (
    select * from {{ ref('int_lead_days_to_restate') }}
),

-- few leads are restated: theirs are looked for in the days, and not all days given to their leads
{% for owners in ['sole_owners', 'shared_owners'] -%}
{{ owners }}_to_count as (
    select {{ owners }}.*
    from {{ owners }}
    {% if is_incremental() -%}
        semi join lead_days
            on {{ owners }}.lead_id = lead_days.lead_id
    {%- endif %}
),

{% endfor -%}
identified as (
    select
        daily_activity.*,
        owners.lead_id
    from daily_activity
    inner join sole_owners_to_count as owners
        on
            daily_activity.source = owners.source
            and daily_activity.identifier = owners.identifier

    union all

    select
        daily_activity.*,
        owners.lead_id
    from daily_activity
    inner join shared_owners_to_count as owners
        on
            daily_activity.source = owners.source
            and daily_activity.identifier = owners.identifier
            and daily_activity.owner_known_at = owners.owner_known_at
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
