-- Values that somebody changed in the CRM after we wrote them, and until when they are kept.
{% set known_columns = ['lead_grade', 'lead_score', 'lead_grade_reason', 'lifecycle_stage'] %}
{% set held_value -%}
    case mappings.known_column {% for column in known_columns %} when '{{ column }}' then held.{{ column }} {% endfor %} end
{%- endset %}
with

leads as (
    select * from {{ ref('stg_crm__leads') }}
),

contacts as (
    select * from {{ ref('stg_crm__contacts') }}
),

mappings as (
    select * from {{ ref('field_mappings') }}
    where
        destination = {{ sync_destination() }}
        and overwrite = 'after_days'
),

sent_values as (
    select
        *,
        row_number() over (partition by object, record_id, field order by sent_at desc, run_id desc) as recency_rank
    from {{ ref('stg_sync__sent_values') }}
    where
        destination = {{ sync_destination() }}
        and outcome in ('accepted', 'unchanged')
),

held as (
    {% for kind, relation in [('lead', 'leads'), ('contact', 'contacts')] -%}
        select
            '{{ kind }}' as object,
            {{ kind }}_id as record_id,
            lead_grade,
            {{ number_text('lead_score') }} as lead_score,
            lead_grade_reason,
            lifecycle_stage,
            coalesce(updated_at, loaded_at) as changed_at,
            valid_to is null as is_current
        from {{ relation }}
        {% if not loop.last %}
            union all
        {% endif %}
    {%- endfor %}
),

compared as (
    select
        sent_values.object,
        sent_values.record_id,
        sent_values.field,
        mappings.keep_days,
        {{ sync_value('sent_values.value') }} as our_value,
        {{ sync_value(held_value) }} as their_value,
        sent_values.sent_at,
        held.changed_at,
        held.is_current
    from sent_values
    inner join mappings
        on
            sent_values.object = mappings.object
            and sent_values.field = mappings.field
    inner join held
        on
            sent_values.object = held.object
            and sent_values.record_id = held.record_id
    where sent_values.recency_rank = 1
),

records as (
    select
        object,
        record_id,
        field,
        keep_days,
        max(our_value) as our_value,
        max(case when is_current then their_value end) as their_value,
        max(sent_at) as sent_at,
        min(
            case when changed_at > sent_at and our_value is distinct from their_value then changed_at end
        ) as overridden_at,
        count(their_value) > 0 as is_shown,
        max(case when is_current and changed_at > sent_at then 1 else 0 end) = 1 as is_changed_since
    from compared
    group by object, record_id, field, keep_days
),

overrides as (
    select
        object,
        record_id,
        field,
        our_value,
        their_value,
        sent_at,
        overridden_at,
        {{ dbt.dateadd('day', 'keep_days', 'overridden_at') }} as kept_until
    from records
    where
        -- an extract that never shows the field says nothing of it
        is_shown
        and is_changed_since
        and our_value is distinct from their_value
)

select * from overrides
