-- Each part of it is kept as rows already, and restated by lead: a copy of all would be the larger part of a quiet night.
with

contributions as (
    select * from {{ ref('int_contributions_before_limits') }}
    union all
    select * from {{ ref('int_score_limits') }}
),

explained as (
    select
        lead_id,
        scoring_model,
        dimension,
        criterion,
        rule_id,
        cast(points as decimal(18, 4)) as points,
        cast(max_points as decimal(18, 4)) as max_points,
        label,
        case when fact is null then label else {{ dbt.concat(["label", "' ('", "fact", "')'"]) }} end as evidence
    from contributions
)

select * from explained
