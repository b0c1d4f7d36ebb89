with

dimension_scores as (
    select * from {{ ref('int_dimension_scores') }}
    {{ of_leads_in('int_leads_to_score') }}
),

bands as (
    select * from {{ ref('grade_bands') }}
),

models as (
    select * from {{ ref('scoring_models') }}
),

banded as (
    select
        dimension_scores.lead_id,
        dimension_scores.scoring_model,
        dimension_scores.dimension,
        dimension_scores.score,
        bands.grade
    from dimension_scores
    left join bands
        on
            dimension_scores.scoring_model = bands.scoring_model
            and dimension_scores.dimension = bands.dimension
            and (bands.from_score is null or dimension_scores.score >= bands.from_score)
            and (bands.to_score is null or dimension_scores.score < bands.to_score)
),

paired as (
    select
        lead_id,
        scoring_model,
        max(case when dimension = 'profile' then score end) as profile_score,
        max(case when dimension = 'profile' then grade end) as profile_grade,
        max(case when dimension = 'engagement' then score end) as engagement_score,
        max(case when dimension = 'engagement' then grade end) as engagement_level
    from banded
    group by lead_id, scoring_model
),

graded as (
    select
        paired.lead_id,
        paired.scoring_model,
        paired.profile_score,
        paired.profile_grade,
        paired.engagement_score,
        cast(paired.engagement_level as integer) as engagement_level,
        {{ dbt.concat(["paired.profile_grade", "paired.engagement_level"]) }} as grade,
        cast(
            round(
                (
                    models.profile_weight * paired.profile_score
                    + (100 - models.profile_weight) * paired.engagement_score
                ) * cast(0.01 as decimal(3, 2)), 4
            ) as decimal(18, 4)
        ) as combined_score
    from paired
    inner join models
        on paired.scoring_model = models.scoring_model
)

select * from graded
