with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('crm', 'opportunity_contacts') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('opportunity_id') }} as opportunity_id,
        {{ read_text('contact_id') }} as contact_id,

        -- role
        {{ read_text('role') }} as role,
        {{ read_boolean('is_primary') }} as is_primary,

        -- verdict
        {{ row_problem({'opportunity_id': 'text', 'contact_id': 'text'}) }},
        {{ dropped_values({'is_primary': 'boolean'}) }}
    from raw_rows
),

{{ judged_rows(key=['opportunity_id', 'contact_id'], keep='latest') }}

select * from judged_rows
