with

lead_dimensions as (
    select * from {{ ref('int_score_dimensions') }}
    {{ of_leads_in('int_leads_to_score') }}
),

contributions as (
    select * from {{ ref('lead_score_contributions') }}
    {{ of_leads_in('int_leads_to_score') }}
),

bands as (
    select * from {{ ref('grade_bands') }}
),

models as (
    select * from {{ ref('scoring_models') }}
),

summed as (
    select
        lead_id,
        scoring_model,
        dimension,
        sum(points) as score
    from contributions
    group by lead_id, scoring_model, dimension
),

banded as (
    select
        lead_dimensions.lead_id,
        lead_dimensions.scoring_model,
        lead_dimensions.dimension,
        coalesce(summed.score, 0) as score,
        bands.grade
    from lead_dimensions
    left join summed
        on
            lead_dimensions.lead_id = summed.lead_id
            and lead_dimensions.scoring_model = summed.scoring_model
            and lead_dimensions.dimension = summed.dimension
    left join bands
        on
            lead_dimensions.scoring_model = bands.scoring_model
            and lead_dimensions.dimension = bands.dimension
            and (bands.from_score is null or coalesce(summed.score, 0) >= bands.from_score)
            and (bands.to_score is null or coalesce(summed.score, 0) < bands.to_score)
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
        cast(paired.profile_score as decimal(18, 4)) as profile_score,
        paired.profile_grade,
        cast(paired.engagement_score as decimal(18, 4)) as engagement_score,
        cast(paired.engagement_level as integer) as engagement_level,
        {{ dbt.concat(["paired.profile_grade", "paired.engagement_level"]) }} as grade,
        cast(
            round(
                (
                    models.profile_weight * cast(paired.profile_score as decimal(18, 4))
                    + (100 - models.profile_weight) * cast(paired.engagement_score as decimal(18, 4))
                ) * cast(0.01 as decimal(3, 2)), 4
            ) as decimal(18, 4)
        ) as combined_score
    from paired
    inner join models
        on paired.scoring_model = models.scoring_model
)

select * from graded
