with

scores as (
    select * from {{ ref('int_dimension_scores') }}
),

limits as (
    select
        lead_id,
        scoring_model,
        dimension,
        case when disqualifying_rule_id is not null then 'disqualified' else 'limit' end as criterion,
        coalesce(disqualifying_rule_id, case when score < points_before_limits then 'cap' else 'floor' end) as rule_id,
        cast(score - points_before_limits as decimal(18, 4)) as points,
        cast(0 as decimal(18, 4)) as max_points,
        case
            when disqualifying_rule_id is not null then 'disqualified'
            when score < points_before_limits then 'highest score'
            else 'lowest score'
        end as label,
        cast(null as string) as fact
    from scores
    where disqualifying_rule_id is not null or score <> points_before_limits
)

select * from limits
