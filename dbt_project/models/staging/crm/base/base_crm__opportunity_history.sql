with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('crm', 'opportunity_history') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('opportunity_id') }} as opportunity_id,

        -- state
        {{ read_text('stage') }} as stage,
        {{ read_number('amount') }} as amount,

        -- times
        {{ read_timestamp('changed_at') }} as changed_at,
        {{ read_planned_timestamp('close_date') }} as close_date,

        -- verdict
        {{ row_problem({'opportunity_id': 'text', 'stage': 'text', 'changed_at': 'timestamp'}) }},
        {{ dropped_values({'amount': 'number', 'close_date': 'planned_timestamp'}) }}
    from raw_rows
),

{{ judged_rows(key=['opportunity_id', 'stage', 'changed_at'], keep='latest') }}

select * from judged_rows
