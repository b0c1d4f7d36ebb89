with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('crm', 'lead_attributes') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('lead_id') }} as lead_id,

        -- fact
        {{ read_text('attribute') }} as attribute,
        {{ read_text('value') }} as value,

        -- times
        {{ read_timestamp('observed_at') }} as observed_at,

        -- verdict
        {{ row_problem({'lead_id': 'text', 'attribute': 'text'}) }},
        {{ dropped_values({'observed_at': 'timestamp'}) }}
    from raw_rows
),

{{ judged_rows(key=['lead_id', 'attribute', 'value', 'observed_at'], keep='latest') }}

select * from judged_rows
