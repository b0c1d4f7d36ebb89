{#
    CTEs, the last of which is `faded_days`: what each rule's activity of one day is worth at the as-of time, before and after
    the cap of the day. They read the seed of decay rules; `fading_rules` numbers them, since days group faster by a number.

    Args:
        daily_activity: a CTE of days of leads, as lead_activity_daily has them.
#}
{% macro faded_days(daily_activity) -%}
fading_rules as (
    select
        *,
        row_number() over (order by scoring_model asc, rule_id asc) as rule_number
    from {{ ref('engagement_decay_rules') }}
),

matched_days as (
    select
        days.lead_id,
        fading_rules.rule_number,
        max(days.activity_date) as activity_date,
        sum(days.activity_count) as activity_count,
        sum(days.quantity) as quantity
    from {{ daily_activity }} as days
    inner join fading_rules
        on
            days.activity_type = fading_rules.activity_type
            and (fading_rules.topic is null or days.topic = fading_rules.topic)
            and (fading_rules.channel is null or days.channel = fading_rules.channel)
    group by
        days.lead_id,
        fading_rules.rule_number,
        -- days that are worth nothing any more need not be told apart
        case
            when
                fading_rules.decay = 'linear'
                and {{ dbt.datediff('days.activity_date', as_of_date(), 'day') }} >= fading_rules.decay_days
                then cast(null as date)
            else days.activity_date
        end
),

-- the rule is asked again for what a day is worth: to carry it through the grouping took longer
worth_of_days as (
    select
        matched_days.*,
        fading_rules.points * matched_days.quantity as raw_points,
        coalesce(fading_rules.cap_per_day, abs(fading_rules.points * matched_days.quantity)) as cap_per_day,
        {%- set age_days = 'cast(' ~ dbt.datediff('matched_days.activity_date', as_of_date(), 'day') ~ ' as double)' %}
        case fading_rules.decay
            when 'half_life' then power(cast(0.5 as double), {{ age_days }} / fading_rules.decay_days)
            when 'linear' then greatest(0, 1 - {{ age_days }} / fading_rules.decay_days)
            else cast(1 as double)
        end as factor
    from matched_days
    inner join fading_rules
        on matched_days.rule_number = fading_rules.rule_number
),

faded_days as (
    select
        lead_id,
        rule_number,
        activity_date,
        activity_count,
        cast({{ rounded('raw_points * factor', 6) }} as decimal(18, 6)) as points,
        cast(
            {{ rounded('greatest(-cap_per_day, least(cap_per_day, raw_points)) * factor', 6) }} as decimal(18, 6)
        ) as points_within_day_cap
    from worth_of_days
)
{%- endmacro %}
