-- How often each lead lately did what segment rules ask for.
with

daily_activity as (
    select
        *,
        {{ dbt.datediff('activity_date', as_of_date(), 'day') }} as age_days
    from {{ ref('int_answered_activity') }}
),

behaviours as (
    select * from {{ ref('lead_facts') }}
    where kind = 'behaviour'
),

behaviour_counts as (
    select
        daily_activity.lead_id,
        behaviours.fact,
        cast(sum(daily_activity.activity_count) as bigint) as activity_count
    from daily_activity
    inner join behaviours
        on
            daily_activity.age_days < behaviours.within_days
            and (behaviours.activity_type is null or daily_activity.activity_type = behaviours.activity_type)
            and (behaviours.topic is null or daily_activity.topic = behaviours.topic)
            and {{ is_listed('daily_activity.channel', 'behaviours.channel') }}
    group by daily_activity.lead_id, behaviours.fact
)

select * from behaviour_counts
