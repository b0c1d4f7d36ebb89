-- A group whose lowest is above its highest, or that cannot be 0, gives points to people who did nothing.
with

criteria as (
    select
        scoring_model,
        criterion as name,
        coalesce(min_points, 0) as lowest,
        coalesce(max_points, 0) as highest
    from {{ ref('scoring_criteria') }}
),

models as (
    select
        scoring_model,
        'profile' as name,
        profile_floor as lowest,
        profile_cap as highest
    from {{ ref('scoring_models') }}

    union all

    select
        scoring_model,
        'engagement' as name,
        engagement_floor as lowest,
        engagement_cap as highest
    from {{ ref('scoring_models') }}
),

limits as (
    select * from criteria
    union all
    select * from models
)

select * from limits
where
    lowest > 0
    or highest < 0
    or lowest is null
    or highest is null
