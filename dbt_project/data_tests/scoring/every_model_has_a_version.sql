-- A version of a misspelt model says nothing of anybody, and hand-offs of a model without one could not be told apart.
with

models as (
    select * from {{ ref('scoring_models') }}
),

versions as (
    select * from {{ ref('scoring_versions') }}
),

wrong as (
    select
        coalesce(models.scoring_model, versions.scoring_model) as scoring_model,
        case
            when models.scoring_model is null then 'scoring_versions: no such model in scoring_models'
            else 'scoring_versions: the model has no version'
        end as cure
    from models
    full outer join versions
        on models.scoring_model = versions.scoring_model
    where models.scoring_model is null or versions.scoring_model is null

    union all

    select
        scoring_model,
        'scoring_versions: two versions begin on one day' as cure
    from versions
    group by scoring_model, valid_from
    having count(*) > 1
)

select * from wrong
