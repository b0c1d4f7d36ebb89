with

lead_dimensions as (
    select * from {{ ref('int_score_dimensions') }}
    {{ of_leads_in('int_leads_to_score') }}
),

contributions as (
    select * from {{ ref('int_contributions_before_limits') }}
    {{ of_leads_in('int_leads_to_score') }}
),

disqualifying_matches as (
    select * from {{ ref('int_profile_rule_matches') }}
    where
        is_disqualifying
    {{ of_leads_in('int_leads_to_score', 'and') }}
),

summed as (
    select
        lead_id,
        scoring_model,
        dimension,
        sum(points) as points
    from contributions
    group by lead_id, scoring_model, dimension
),

disqualified as (
    select
        lead_id,
        scoring_model,
        'profile' as dimension,
        min(rule_id) as rule_id
    from disqualifying_matches
    group by lead_id, scoring_model
),

targets as (
    select
        lead_dimensions.lead_id,
        lead_dimensions.scoring_model,
        lead_dimensions.dimension,
        disqualified.rule_id as disqualifying_rule_id,
        coalesce(summed.points, 0) as points,
        case
            when disqualified.rule_id is not null then lead_dimensions.floor_points
            else greatest(
                lead_dimensions.floor_points, least(lead_dimensions.cap_points, coalesce(summed.points, 0))
            )
        end as target_points
    from lead_dimensions
    left join summed
        on
            lead_dimensions.lead_id = summed.lead_id
            and lead_dimensions.scoring_model = summed.scoring_model
            and lead_dimensions.dimension = summed.dimension
    left join disqualified
        on
            lead_dimensions.lead_id = disqualified.lead_id
            and lead_dimensions.scoring_model = disqualified.scoring_model
            and lead_dimensions.dimension = disqualified.dimension
),

limits as (
    select
        lead_id,
        scoring_model,
        dimension,
        case when disqualifying_rule_id is not null then 'disqualified' else 'limit' end as criterion,
        coalesce(disqualifying_rule_id, case when target_points < points then 'cap' else 'floor' end) as rule_id,
        cast(target_points - points as decimal(18, 4)) as points,
        cast(0 as decimal(18, 4)) as max_points,
        case
            when disqualifying_rule_id is not null then 'disqualified'
            when target_points < points then 'highest score'
            else 'lowest score'
        end as label,
        cast(null as string) as fact
    from targets
    where disqualifying_rule_id is not null or target_points <> points
)

select * from limits
