with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('crm', 'tasks') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('task_id') }} as task_id,
        {{ read_text('lead_id') }} as lead_id,
        {{ read_text('contact_id') }} as contact_id,
        {{ read_text('owner_id') }} as owner_id,

        -- what was done
        {{ read_text('type') }} as type,
        {{ read_text('outcome') }} as outcome,

        -- times
        {{ read_timestamp('created_at') }} as created_at,
        {{ read_timestamp('completed_at') }} as completed_at,

        -- verdict
        {{ row_problem({'task_id': 'text', 'created_at': 'timestamp'}) }},
        {{ dropped_values({'completed_at': 'timestamp'}) }}
    from raw_rows
),

{{ judged_rows(key=['task_id'], keep='latest') }}

select * from judged_rows
