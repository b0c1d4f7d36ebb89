-- What the CRM should hold, long: one row for each record and mapped field.
with

scores as (
    select * from {{ ref('lead_scores') }}
),

models as (
    select * from {{ ref('scoring_models') }}
    where is_default
),

lifecycle as (
    select * from {{ ref('lead_lifecycle') }}
),

funnels as (
    select * from {{ ref('lifecycle_models') }}
    where is_default
),

leads as (
    select * from {{ ref('leads') }}
    where
        crm_record_id is not null
        and not is_test
),

mappings as (
    select * from {{ ref('field_mappings') }}
    where destination = {{ sync_destination() }}
),

default_scores as (
    select scores.*
    from scores
    semi join models
        on scores.scoring_model = models.scoring_model
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
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
),

wanted as (
    select
        leads.lead_id,
        leads.crm_object as object,
        leads.crm_record_id as record_id,
        leads.company as account,
        mappings.field,
        mappings.known_column,
        mappings.value_type,
        {{ sync_value('source_values.value', 'mappings.value_type', 'mappings.decimals') }} as new_value
    from leads
    inner join mappings
        on leads.crm_object = mappings.object
    inner join source_values
        on
            leads.lead_id = source_values.lead_id
            and mappings.source_column = source_values.source_column
)

select * from wanted
