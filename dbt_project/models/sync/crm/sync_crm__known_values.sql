-- What the CRM is known to hold: its own value in the last extract, overlaid by later acknowledged sends.
{% set known_columns = {
    'lead_grade': 'lead_grade', 'lead_score': number_text('lead_score'), 'lead_grade_reason': 'lead_grade_reason',
    'lifecycle_stage': 'lifecycle_stage', 'lifecycle_stage_since': 'substr(lifecycle_stage_since, 1, 10)',
} %}
with

leads as (
    select * from {{ ref('stg_crm__leads') }}
    where valid_to is null
),

contacts as (
    select * from {{ ref('stg_crm__contacts') }}
    where valid_to is null
),

mappings as (
    select * from {{ ref('field_mappings') }}
    where destination = {{ sync_destination() }}
),

sent_values as (
    select * from {{ ref('stg_sync__sent_values') }}
    where
        destination = {{ sync_destination() }}
        and outcome in ('accepted', 'unchanged')
),

extracted as (
    {% for column, value in known_columns.items() -%}
        select
            'lead' as object,
            lead_id as record_id,
            '{{ column }}' as known_column,
            {{ value }} as value,
            loaded_at as known_at
        from leads

        union all

        select
            'contact' as object,
            contact_id as record_id,
            '{{ column }}' as known_column,
            {{ value }} as value,
            loaded_at as known_at
        from contacts
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
),

said as (
    select
        extracted.object,
        extracted.record_id,
        mappings.field,
        extracted.value,
        extracted.known_at
    from extracted
    inner join mappings
        on
            extracted.object = mappings.object
            and extracted.known_column = mappings.known_column

    union all

    select
        object,
        record_id,
        field,
        value,
        sent_at as known_at
    from sent_values
),

ranked as (
    select
        *,
        row_number() over (partition by object, record_id, field order by known_at desc) as recency
    from said
),

known as (
    select
        object,
        record_id,
        field,
        value,
        known_at
    from ranked
    where recency = 1
)

select * from known
