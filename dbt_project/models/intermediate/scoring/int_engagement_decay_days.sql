-- What each rule's activity of one day is worth at the as-of time, before and after the cap of the day.
with

daily_activity as (
    select
        *,
        {{ dbt.datediff('activity_date', as_of_date(), 'day') }} as age_days
    from {{ ref('lead_activity_daily') }}
    where activity_date <= {{ as_of_date() }}
),

decay_rules as (
    select * from {{ ref('engagement_decay_rules') }}
),

matched as (
    select
        daily_activity.lead_id,
        decay_rules.scoring_model,
        decay_rules.rule_id,
        daily_activity.activity_date,
        sum(daily_activity.activity_count) as activity_count,
        decay_rules.points * sum(daily_activity.quantity) as raw_points,
        coalesce(decay_rules.cap_per_day, abs(decay_rules.points * sum(daily_activity.quantity))) as cap_per_day,
        case decay_rules.decay
            when 'half_life' then power(cast(0.5 as double), cast(daily_activity.age_days as double) / decay_rules.decay_days)
            when 'linear' then greatest(0, 1 - cast(daily_activity.age_days as double) / decay_rules.decay_days)
            else cast(1 as double)
        end as factor
    from daily_activity
    inner join decay_rules
        on
            daily_activity.activity_type = decay_rules.activity_type
            and (decay_rules.topic is null or daily_activity.topic = decay_rules.topic)
            and (decay_rules.channel is null or daily_activity.channel = decay_rules.channel)
    group by
        daily_activity.lead_id, decay_rules.scoring_model, decay_rules.rule_id, daily_activity.activity_date,
        daily_activity.age_days, decay_rules.points, decay_rules.cap_per_day, decay_rules.decay, decay_rules.decay_days
),

faded as (
    select
        lead_id,
        scoring_model,
        rule_id,
        activity_date,
        activity_count,
        cast({{ rounded('raw_points * factor', 6) }} as decimal(18, 6)) as points,
        cast(
            {{ rounded('greatest(-cap_per_day, least(cap_per_day, raw_points)) * factor', 6) }} as decimal(18, 6)
        ) as points_within_day_cap
    from matched
)

select * from faded
