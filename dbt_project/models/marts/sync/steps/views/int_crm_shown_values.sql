-- What each version of a CRM record shows in the columns that a mapping may know, long.
{% set known_columns = {
    'lead_grade': 'lead_grade', 'lead_score': number_text('lead_score'), 'lead_grade_reason': 'lead_grade_reason',
    'lifecycle_stage': 'lifecycle_stage', 'lifecycle_stage_since': 'substr(lifecycle_stage_since, 1, 10)',
    'email': 'email', 'first_name': 'first_name', 'last_name': 'last_name',
} %}
with

leads as (
    select * from {{ ref('stg_crm__leads') }}
),

contacts as (
    select * from {{ ref('stg_crm__contacts') }}
),

shown as (
    {% for kind, relation in [('lead', 'leads'), ('contact', 'contacts')] -%}
        {% set is_last_kind = loop.last -%}
        {% for column, value in known_columns.items() -%}
            select
                '{{ kind }}' as object,
                {{ kind }}_id as crm_record_id,
                '{{ column }}' as known_column,
                {{ value }} as value,
                loaded_at,
                coalesce(updated_at, loaded_at) as changed_at,
                valid_to is null as is_current
            from {{ relation }}
            {% if not (loop.last and is_last_kind) %}
                union all
            {% endif %}
        {% endfor %}
    {%- endfor %}
)

select * from shown
