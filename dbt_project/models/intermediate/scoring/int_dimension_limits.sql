with

models as (
    select * from {{ ref('scoring_models') }}
    where is_active
),

limits as (
    select
        scoring_model,
        'profile' as dimension,
        profile_floor as floor_points,
        profile_cap as cap_points
    from models

    union all

    select
        scoring_model,
        'engagement' as dimension,
        engagement_floor as floor_points,
        engagement_cap as cap_points
    from models
)

select * from limits
