-- The grain that scores are made from: what a person did on a day, robots left out.
with

owners as (
    select * from {{ ref('int_identifier_owners') }}
),

shared_owners as (
    select * from {{ ref('int_shared_identifier_owners') }}
),

lead_days as (
    select * from {{ ref('int_lead_days_to_restate') }}
),

-- few days are restated: what identifiers of their leads did on them is looked for, and not all days given to leads
identifier_days as (
    select distinct
        owners.source,
        owners.identifier,
        lead_days.activity_date
    from lead_days
    inner join owners
        on lead_days.lead_id = owners.lead_id
),

activities as {{ not_kept() if not is_incremental() }} (
    select identifier_activities.*
    from {{ ref('int_identifier_activities') }} as identifier_activities
    {% if is_incremental() -%}
        semi join identifier_days
            on
                identifier_activities.source = identifier_days.source
                and identifier_activities.identifier = identifier_days.identifier
                and identifier_activities.activity_date = identifier_days.activity_date
    {%- endif %}
    where
        identifier_activities.is_engagement
        and identifier_activities.bot_reason is null
),

identified as (
    select
        activities.*,
        owners.lead_id
    from activities
    inner join owners
        on
            activities.source = owners.source
            and activities.identifier = owners.identifier
    where owners.is_sole_owner

    union all

    select
        activities.*,
        shared_owners.lead_id
    from activities
    inner join shared_owners
        on
            activities.source = shared_owners.source
            and activities.identifier = shared_owners.identifier
            and activities.owner_known_at = shared_owners.owner_known_at
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
        count(*) as activity_count,
        cast(sum(quantity) as decimal(18, 4)) as quantity
    from to_count
    group by lead_id, activity_date, activity_type, topic, channel
)

select * from daily
