-- What is computed of a lead, as facts for segments: grade, stage and the one before it, interests, age.
{% set columns = [
    ('scores', 'grade', none), ('scores', 'profile_grade', none), ('scores', 'engagement_level', none),
    ('lifecycle', 'stage', none), ('lifecycle', 'stage_group', none), ('lifecycle', 'stage_kind', none),
    ('lifecycle', 'previous_stage_kind', none), ('lifecycle', 'age_in_stage_days', 'days_in_stage')
] %}
with

leads as (
    select * from {{ ref('int_leads') }}
),

scores as (
    select scores.*
    from {{ ref('lead_grades') }} as scores
    semi join {{ ref('scoring_models') }} as models
        on
            scores.scoring_model = models.scoring_model
            and models.is_default
),

lifecycle as (
    select
        lifecycle.*,
        previous_stages.kind as previous_stage_kind
    from {{ ref('lead_lifecycle') }} as lifecycle
    semi join {{ ref('lifecycle_models') }} as models
        on
            lifecycle.lifecycle_model = models.lifecycle_model
            and models.is_default
    left join {{ ref('lifecycle_stages') }} as previous_stages
        on
            lifecycle.lifecycle_model = previous_stages.lifecycle_model
            and lifecycle.previous_stage = previous_stages.stage
),

interests as (
    select * from {{ ref('interest_profile') }}
),

facts as (
    {% for relation, column, fact in columns -%}
        select
            lead_id,
            '{{ fact or column }}' as fact,
            cast({{ column }} as string) as value
        from {{ relation }}

        union all

    {% endfor -%}
    select
        lead_id,
        case aspect when 'topic' then 'interest' else 'preferred_channel' end as fact,
        value
    from interests
    where aspect = 'topic' or (aspect = 'channel' and preference_rank = 1)

    union all

    select
        lead_id,
        'days_since_created' as fact,
        cast({{ dbt.datediff('created_at', as_of(), 'day') }} as string) as value
    from leads
)

select * from facts
where value is not null
