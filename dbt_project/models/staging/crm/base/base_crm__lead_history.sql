with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('crm', 'lead_history') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('lead_id') }} as lead_id,

        -- change
        {{ read_text('field') }} as field,
        {{ read_text('old_value') }} as old_value,
        {{ read_text('new_value') }} as new_value,

        -- times
        {{ read_timestamp('changed_at') }} as changed_at,

        -- verdict
        {{ row_problem({'lead_id': 'text', 'field': 'text', 'changed_at': 'timestamp'}) }},
        {{ dropped_values({}) }}
    from raw_rows
),

{{ judged_rows(key=['lead_id', 'field', 'changed_at', 'new_value'], keep='latest') }}

select * from judged_rows
