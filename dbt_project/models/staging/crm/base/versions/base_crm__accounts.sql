with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('crm', 'accounts') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},
        time_limit_from,

        -- identifiers
        {{ read_text('account_id') }} as account_id,
        {{ read_text('parent_account_id') }} as parent_account_id,
        {{ read_text('owner_id') }} as owner_id,
        {{ read_text('master_record_id') }} as master_record_id,

        -- company
        {{ read_text('name') }} as name,
        {{ read_text('website') }} as website,
        {{ read_text('industry') }} as industry,
        {{ read_number('annual_revenue') }} as annual_revenue,
        {{ read_integer('employee_count') }} as employee_count,
        {{ read_text('country') }} as country,
        {{ read_text('region') }} as region,

        -- state
        {{ read_text('type') }} as type,
        {{ read_boolean('is_deleted') }} as is_deleted,

        -- times
        {{ read_timestamp('created_at') }} as created_at,
        {{ read_timestamp('updated_at') }} as updated_at,

        -- verdict
        {{ row_problem({'account_id': 'text'}) }},
        {{ dropped_values({
            'annual_revenue': 'number', 'employee_count': 'integer', 'is_deleted': 'boolean',
            'created_at': 'timestamp', 'updated_at': 'timestamp'
        }) }}
    from raw_rows
    where {{ is_to_judge() }}
),

{{ versioned_rows('account_id') }}

select * from judged_rows
