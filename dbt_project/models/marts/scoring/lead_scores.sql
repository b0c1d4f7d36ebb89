with

grades as (
    select * from {{ ref('lead_grades') }}
),

reasons as (
    select * from {{ ref('lead_grade_reasons') }}
),

actions as (
    select * from {{ ref('grade_actions') }}
),

scores as (
    select
        grades.lead_id,
        grades.scoring_model,
        grades.profile_score,
        grades.profile_grade,
        grades.engagement_score,
        grades.engagement_level,
        grades.grade,
        grades.combined_score,
        actions.action,
        actions.action_label,
        actions.priority,
        actions.owner_team,
        actions.sla_hours,
        actions.is_hand_off,
        reasons.reason,
        {{ as_of() }} as as_of
    from grades
    inner join reasons
        on
            grades.lead_id = reasons.lead_id
            and grades.scoring_model = reasons.scoring_model
    left join actions
        on
            grades.scoring_model = actions.scoring_model
            and grades.grade = actions.grade
)

select * from scores
