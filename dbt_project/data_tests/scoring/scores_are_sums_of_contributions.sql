-- A grade that nobody can add up is a grade that nobody believes: law 2.
with

summed as (
    select
        lead_id,
        scoring_model,
        coalesce(sum(points) filter (where dimension = 'profile'), 0) as profile_points,
        coalesce(sum(points) filter (where dimension = 'engagement'), 0) as engagement_points
    from {{ ref('lead_score_contributions') }}
    group by lead_id, scoring_model
),

wrong as (
    select
        scores.lead_id,
        scores.scoring_model
    from {{ ref('lead_scores') }} as scores
    left join summed
        on
            scores.lead_id = summed.lead_id
            and scores.scoring_model = summed.scoring_model
    where
        scores.profile_score <> coalesce(summed.profile_points, 0)
        or scores.engagement_score <> coalesce(summed.engagement_points, 0)
)

select * from wrong
