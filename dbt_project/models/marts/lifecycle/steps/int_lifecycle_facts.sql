-- Everything that can move a lead from stage to stage, in one shape.
with

leads as (
    select * from {{ ref('int_leads') }}
),

identities as (
    select * from {{ ref('int_identities') }}
),

crossings as (
    select * from {{ ref('int_grade_crossings') }}
),

history as (
    select * from {{ ref('stg_crm__lead_history') }}
),

tasks as (
    select * from {{ ref('stg_crm__tasks') }}
),

attributes as (
    select * from {{ ref('stg_crm__lead_attributes') }}
),

opportunity_facts as (
    select * from {{ ref('int_opportunity_facts') }}
),

opt_outs as (
    select * from {{ ref('int_opt_outs') }}
),

{# fact, source, name, value, time #}
{% set of_people = [
    ("'created'", 'leads', "''", "''", 'created_at'),
    ("'opted_out'", 'opt_outs', "''", "''", 'opted_out_at'),
    ("'grade_crossed'", 'crossings', "case when is_above then 'up' else 'down' end", 'grade', 'crossed_at'),
    ('fact', 'opportunity_facts', "''", 'fact_value', 'occurred_at'),
] -%}
{# fact, record type, its id, name, value, time, source #}
{% set of_records = [
    ('field_change', 'lead', 'lead_id', 'field', 'new_value', 'changed_at', 'history'),
    ('task', 'lead', 'lead_id', 'type', "''", 'created_at', 'tasks'),
    ('task', 'contact', 'contact_id', 'type', "''", 'created_at', 'tasks'),
    ('task_done', 'lead', 'lead_id', 'type', 'outcome', 'coalesce(completed_at, created_at)', 'tasks'),
    ('task_done', 'contact', 'contact_id', 'type', 'outcome', 'coalesce(completed_at, created_at)', 'tasks'),
    ('attribute', 'lead', 'lead_id', 'attribute', 'value', 'observed_at', 'attributes'),
] -%}
record_facts as (
    {% for fact, record_type, record_id, name, value, time, source in of_records -%}
        select
            '{{ record_type }}' as record_type,
            {{ record_id }} as record_id,
            '{{ fact }}' as fact,
            {{ name }} as fact_name,
            {{ value }} as fact_value,
            {{ time }} as occurred_at
        from {{ source }}
        {% if record_type == 'contact' %}where lead_id is null{% endif %}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
),

facts as (
    select
        identities.lead_id,
        record_facts.fact,
        record_facts.fact_name,
        record_facts.fact_value,
        record_facts.occurred_at
    from record_facts
    inner join identities
        on
            record_facts.record_type = identities.identifier_type
            and record_facts.record_id = identities.identifier

    union all

    {% for fact, source, name, value, time in of_people -%}
        select
            lead_id,
            {{ fact }} as fact,
            {{ name }} as fact_name,
            {{ value }} as fact_value,
            {{ time }} as occurred_at
        from {{ source }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
)

select
    lead_id,
    fact,
    coalesce(fact_name, '') as fact_name,
    coalesce(fact_value, '') as fact_value,
    occurred_at
from facts
where occurred_at <= {{ as_of() }}
