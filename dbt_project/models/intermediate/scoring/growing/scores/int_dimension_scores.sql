-- Every lead in every active model has both dimensions, whatever it did: the sum of its points, within floor and cap.
with

leads as (
    select lead_id from {{ ref('int_leads') }}
    {{ of_leads_in('int_leads_to_score') }}
),

dimensions as (
    select * from {{ ref('int_dimension_limits') }}
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

all_points as (
    select
        lead_id,
        scoring_model,
        dimension,
        points
    from contributions

    union all

    select
        leads.lead_id,
        dimensions.scoring_model,
        dimensions.dimension,
        cast(0 as decimal(18, 4)) as points
    from leads
    cross join dimensions
),

summed as (
    select
        lead_id,
        scoring_model,
        dimension,
        sum(points) as points
    from all_points
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

scores as (
    select
        summed.lead_id,
        summed.scoring_model,
        summed.dimension,
        cast(summed.points as decimal(18, 4)) as points_before_limits,
        disqualified.rule_id as disqualifying_rule_id,
        cast(case
            when disqualified.rule_id is not null then dimensions.floor_points
            else greatest(dimensions.floor_points, least(dimensions.cap_points, summed.points))
        end as decimal(18, 4)) as score
    from summed
    inner join dimensions
        on
            summed.scoring_model = dimensions.scoring_model
            and summed.dimension = dimensions.dimension
    left join disqualified
        on
            summed.lead_id = disqualified.lead_id
            and summed.scoring_model = disqualified.scoring_model
            and summed.dimension = disqualified.dimension
)

select * from scores
