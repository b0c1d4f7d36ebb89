with

leads as (
    select lead_id from {{ ref('int_leads') }}
    {{ of_leads_in('int_leads_to_score') }}
),

criteria as (
    select * from {{ ref('int_active_criteria') }}
    where shape = 'bands'
),

band_rules as (
    select
        rules.*,
        row_number() over (
            partition by rules.scoring_model, rules.criterion order by rules.percent desc, rules.rule_id asc
        ) as rule_rank
    from {{ ref('engagement_band_rules') }} as rules
),

daily_activity as (
    select
        *,
        {{ dbt.datediff('activity_date', as_of_date(), 'day') }} as age_days
    from {{ ref('lead_activity_daily') }}
    where
        activity_date <= {{ as_of_date() }}
    {{ of_leads_in('int_leads_to_score', 'and') }}
),

counted as (
    select
        daily_activity.lead_id,
        band_rules.scoring_model,
        band_rules.criterion,
        band_rules.rule_rank,
        sum(daily_activity.activity_count) as activity_count,
        max(daily_activity.activity_date) as last_date
    from daily_activity
    inner join band_rules
        on
            daily_activity.activity_type = band_rules.activity_type
            and (band_rules.topic is null or daily_activity.topic = band_rules.topic)
            and (band_rules.channel is null or daily_activity.channel = band_rules.channel)
            and daily_activity.age_days < band_rules.within_days
    group by daily_activity.lead_id, band_rules.scoring_model, band_rules.criterion, band_rules.rule_rank, band_rules.at_least
    having sum(daily_activity.activity_count) >= band_rules.at_least
),

best as (
    select
        lead_id,
        scoring_model,
        criterion,
        min(rule_rank) as rule_rank,
        min_by(activity_count, rule_rank) as activity_count,
        min_by(last_date, rule_rank) as last_date
    from counted
    group by lead_id, scoring_model, criterion
),

contributions as (
    select
        leads.lead_id,
        criteria.scoring_model,
        criteria.criterion,
        coalesce(band_rules.rule_id, 'no_match') as rule_id,
        cast(round(criteria.max_points * coalesce(band_rules.percent, 0) * cast(0.01 as decimal(3, 2)), 4) as decimal(18, 4)) as points,
        criteria.max_points,
        coalesce(band_rules.label, {{ dbt.concat(["'no recent '", lower_case('criteria.label')]) }}) as label,
        {{ dbt.concat([
            "cast(best.activity_count as string)",
            "', last on '",
            "cast(best.last_date as string)",
        ]) }} as fact
    from leads
    cross join criteria
    left join best
        on
            leads.lead_id = best.lead_id
            and criteria.scoring_model = best.scoring_model
            and criteria.criterion = best.criterion
    left join band_rules
        on
            best.scoring_model = band_rules.scoring_model
            and best.criterion = band_rules.criterion
            and best.rule_rank = band_rules.rule_rank
)

select * from contributions
