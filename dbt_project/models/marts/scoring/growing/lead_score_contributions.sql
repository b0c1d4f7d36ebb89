with

contributions as (
    select * from {{ ref('int_contributions_before_limits') }}
    {{ of_leads_in('int_leads_to_score') }}
    union all
    select * from {{ ref('int_score_limits') }}
    {{ of_leads_in('int_leads_to_score') }}
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
