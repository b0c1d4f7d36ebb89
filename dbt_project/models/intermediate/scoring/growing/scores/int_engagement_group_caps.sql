with

contributions as (
    select * from {{ ref('int_engagement_decay_contributions') }}
    {{ of_leads_in('int_leads_to_score') }}
    union all
    select * from {{ ref('int_engagement_idle_contributions') }}
    {{ of_leads_in('int_leads_to_score') }}
),

criteria as (
    select * from {{ ref('int_active_criteria') }}
    where shape = 'decay'
),

summed as (
    select
        lead_id,
        scoring_model,
        criterion,
        sum(points) as points
    from contributions
    group by lead_id, scoring_model, criterion
),

limited as (
    select
        summed.*,
        criteria.label,
        -- a blank limit is none: least and greatest skip nulls
        cast(
            greatest(least(summed.points, criteria.max_points), criteria.min_points) as decimal(18, 4)
        ) as points_within_limits
    from summed
    inner join criteria
        on
            summed.scoring_model = criteria.scoring_model
            and summed.criterion = criteria.criterion
),

group_caps as (
    select
        lead_id,
        scoring_model,
        criterion,
        case when points_within_limits < points then 'criterion_cap' else 'criterion_floor' end as rule_id,
        cast(points_within_limits - points as decimal(18, 4)) as points,
        cast(0 as decimal(18, 4)) as max_points,
        {{ dbt.concat([lower_case('label'), "': limit of the group'"]) }} as label,
        cast(null as string) as fact
    from limited
    where points_within_limits <> points
)

select * from group_caps
