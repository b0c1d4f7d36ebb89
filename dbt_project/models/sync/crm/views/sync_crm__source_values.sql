-- What could be told of each lead, long: one row for each lead and column that a mapping may name.
with

default_scores as (
    select * from {{ ref('sync_crm__default_scores') }}
),

leads as (
    select * from {{ ref('leads') }}
),

mapped as (
    select distinct source_column from {{ ref('field_mappings') }}
    where destination = {{ sync_destination() }}
),

lifecycle as (
    select * from {{ ref('lead_lifecycle') }}
),

funnels as (
    select * from {{ ref('lifecycle_models') }}
    where is_default
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

told_values as (
    {% for column in ['email', 'first_name', 'last_name', 'company'] -%}
        select
            lead_id,
            '{{ column }}' as source_column,
            {{ column }} as value
        from leads

        union all

    {% endfor -%}
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
),

source_values as (
    select told_values.* from told_values
    semi join mapped
        on told_values.source_column = mapped.source_column
)

select * from source_values
