-- Score, action and reason of each lead by the default model, with the grade that the CRM is told.
with

scores as (
    select * from {{ ref('lead_scores') }}
),

steady_grades as (
    select * from {{ ref('sync_crm__steady_grades') }}
),

actions as (
    select * from {{ ref('grade_actions') }}
),

default_scores as (
    select
        steady_grades.lead_id,
        steady_grades.grade,
        steady_grades.profile_grade,
        steady_grades.engagement_level,
        scores.profile_score,
        scores.engagement_score,
        scores.combined_score,
        actions.action_label,
        actions.priority,
        actions.owner_team,
        scores.reason,
        steady_grades.is_held
    from steady_grades
    inner join scores
        on
            steady_grades.lead_id = scores.lead_id
            and steady_grades.scoring_model = scores.scoring_model
    left join actions
        on
            steady_grades.scoring_model = actions.scoring_model
            and steady_grades.grade = actions.grade
)

select * from default_scores
