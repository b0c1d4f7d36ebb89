-- What could be told of each lead, long: one row for each lead and column that a mapping may name.
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

lifecycle as (
    select * from {{ ref('lead_lifecycle') }}
),

funnels as (
    select * from {{ ref('lifecycle_models') }}
    where is_default
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
),

default_stages as (
    select
        lifecycle.lead_id,
        lifecycle.stage,
        lifecycle.stage_label,
        cast(lifecycle.stage_since as date) as stage_since
    from lifecycle
    semi join funnels
        on lifecycle.lifecycle_model = funnels.lifecycle_model
),

source_values as (
    {% for column in ['stage', 'stage_label', 'stage_since'] -%}
        select
            lead_id,
            '{{ column }}' as source_column,
            cast({{ column }} as string) as value
        from default_stages

        union all

    {% endfor -%}
    {% for column in [
        'grade', 'profile_grade', 'engagement_level', 'profile_score', 'engagement_score', 'combined_score',
        'action_label', 'priority', 'owner_team', 'reason'
    ] -%}
        select
            lead_id,
            '{{ column }}' as source_column,
            cast({{ column }} as string) as value
        from default_scores
        {# the reason of another grade than the one that stays would contradict it -#}
        {{ 'where not is_held' if column == 'reason' }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
)

select * from source_values
