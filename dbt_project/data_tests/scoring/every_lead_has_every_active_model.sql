-- A lead without a grade falls out of every list that sales works from.
with

expected as (
    select
        leads.lead_id,
        models.scoring_model
    from {{ ref('leads') }} as leads
    cross join {{ ref('scoring_models') }} as models
    where models.is_active
),

missing as (
    select expected.*
    from expected
    anti join {{ ref('lead_scores') }} as scores
        on
            expected.lead_id = scores.lead_id
            and expected.scoring_model = scores.scoring_model
            and scores.grade is not null
            and scores.action is not null
)

select * from missing
