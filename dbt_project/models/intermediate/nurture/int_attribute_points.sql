-- The points of the default model that each attribute of a lead gives it, by criterion.
with

matches as (
    select * from {{ ref('int_profile_rule_matches') }}
    where points > 0
),

models as (
    select * from {{ ref('scoring_models') }}
    where is_default
),

attribute_points as (
    select
        matches.lead_id,
        matches.criterion,
        matches.attribute,
        max(matches.points) as points
    from matches
    semi join models
        on matches.scoring_model = models.scoring_model
    group by matches.lead_id, matches.criterion, matches.attribute
)

select * from attribute_points
