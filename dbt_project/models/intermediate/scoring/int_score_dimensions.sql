-- Every lead in every active model has both dimensions, whatever it did.
with

leads as (
    select lead_id from {{ ref('int_leads') }}
),

models as (
    select * from {{ ref('scoring_models') }}
    where is_active
),

dimensions as (
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
),

lead_dimensions as (
    select
        leads.lead_id,
        dimensions.scoring_model,
        dimensions.dimension,
        dimensions.floor_points,
        dimensions.cap_points
    from leads
    cross join dimensions
)

select * from lead_dimensions
