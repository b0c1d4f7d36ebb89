with

daily_activity as (
    select * from {{ ref('lead_activity_daily') }}
    where
        activity_date <= {{ as_of_date() }}
    {{ of_leads_in('int_leads_to_score', 'and') }}
),

{{ faded_days('daily_activity') }},

decay_rules as (
    select
        rules.rule_number,
        rules.scoring_model,
        rules.rule_id,
        rules.criterion,
        rules.label,
        rules.cap_per_rule,
        criteria.max_points
    from fading_rules as rules
    inner join {{ ref('int_active_criteria') }} as criteria
        on
            rules.scoring_model = criteria.scoring_model
            and rules.criterion = criteria.criterion
    where criteria.shape = 'decay'
),

summed as (
    select
        lead_id,
        rule_number,
        cast(round(sum(points), 4) as decimal(18, 4)) as points,
        cast(round(sum(points_within_day_cap), 4) as decimal(18, 4)) as points_within_day_cap,
        sum(activity_count) as activity_count,
        max(activity_date) as last_date
    from faded_days
    group by lead_id, rule_number
),

capped as (
    select
        summed.*,
        decay_rules.scoring_model,
        decay_rules.criterion,
        decay_rules.rule_id,
        decay_rules.label,
        coalesce(decay_rules.max_points, 0) as max_points,
        cast({{ rounded("greatest(
            -coalesce(decay_rules.cap_per_rule, abs(summed.points_within_day_cap)),
            least(coalesce(decay_rules.cap_per_rule, abs(summed.points_within_day_cap)), summed.points_within_day_cap)
        )", 4) }} as decimal(18, 4)) as points_within_rule_cap,
        {{ dbt.concat(["cast(summed.activity_count as string)", "', last on '", "cast(summed.last_date as string)"]) }} as fact
    from summed
    inner join decay_rules
        on summed.rule_number = decay_rules.rule_number
),

rule_rows as (
    select
        lead_id,
        scoring_model,
        criterion,
        rule_id,
        points,
        max_points,
        label,
        fact
    from capped
),

day_cap_rows as (
    select
        lead_id,
        scoring_model,
        criterion,
        {{ dbt.concat(["rule_id", "'.day_cap'"]) }} as rule_id,
        points_within_day_cap - points as points,
        cast(0 as decimal(18, 4)) as max_points,
        {{ dbt.concat(["label", "': limit for a day'"]) }} as label,
        cast(null as string) as fact
    from capped
    where points_within_day_cap <> points
),

rule_cap_rows as (
    select
        lead_id,
        scoring_model,
        criterion,
        {{ dbt.concat(["rule_id", "'.rule_cap'"]) }} as rule_id,
        points_within_rule_cap - points_within_day_cap as points,
        cast(0 as decimal(18, 4)) as max_points,
        {{ dbt.concat(["label", "': limit of the rule'"]) }} as label,
        cast(null as string) as fact
    from capped
    where points_within_rule_cap <> points_within_day_cap
)

select * from rule_rows
union all
select * from day_cap_rows
union all
select * from rule_cap_rows
