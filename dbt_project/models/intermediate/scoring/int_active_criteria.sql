with

criteria as (
    select * from {{ ref('scoring_criteria') }}
),

models as (
    select * from {{ ref('scoring_models') }}
    where is_active
),

active as (
    select criteria.*
    from criteria
    inner join models
        on criteria.scoring_model = models.scoring_model
)

select * from active
