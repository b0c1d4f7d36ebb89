with

criteria as (
    select * from {{ ref('scoring_criteria') }}
),

models as (
    select * from {{ ref('scoring_models') }}
    where is_active
),

active as (
    select
        criteria.*,
        row_number() over (order by criteria.scoring_model, criteria.criterion) as criterion_number
    from criteria
    inner join models
        on criteria.scoring_model = models.scoring_model
)

select * from active
