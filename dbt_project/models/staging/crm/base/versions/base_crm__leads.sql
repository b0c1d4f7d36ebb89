with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('crm', 'leads', beside_contract=['extra_columns']) }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},
        time_limit_from,

        -- identifiers
        {{ read_text('lead_id') }} as lead_id,
        {{ read_text('owner_id') }} as owner_id,
        {{ read_text('campaign_id') }} as campaign_id,
        {{ read_text('master_record_id') }} as master_record_id,
        {{ read_text('converted_contact_id') }} as converted_contact_id,
        {{ read_text('converted_account_id') }} as converted_account_id,
        {{ read_text('converted_opportunity_id') }} as converted_opportunity_id,

        -- person
        {{ read_email_address('email') }} as email,
        {{ read_text('first_name') }} as first_name,
        {{ read_text('last_name') }} as last_name,
        {{ read_text('phone') }} as phone,
        {{ read_text('title') }} as title,
        {{ read_boolean('is_opted_out') }} as is_opted_out,
        {{ read_boolean('is_erased') }} as is_erased,

        -- company
        {{ read_text('company') }} as company,
        {{ read_text('website') }} as website,
        {{ read_text('industry') }} as industry,
        {{ read_number('annual_revenue') }} as annual_revenue,
        {{ read_integer('employee_count') }} as employee_count,
        {{ read_text('country') }} as country,
        {{ read_text('region') }} as region,

        -- state
        {{ read_text('lead_source') }} as lead_source,
        {{ read_text('status') }} as status,
        {{ read_boolean('is_deleted') }} as is_deleted,
        {{ read_text('extra_columns') }} as extra_columns,

        -- what the sync wrote
        {{ read_text('lead_grade') }} as lead_grade,
        {{ read_number('lead_score') }} as lead_score,
        {{ read_text('lead_grade_reason') }} as lead_grade_reason,
        {{ read_text('lifecycle_stage') }} as lifecycle_stage,
        {{ read_text('lifecycle_stage_since') }} as lifecycle_stage_since,

        -- times
        {{ read_timestamp('created_at') }} as created_at,
        {{ read_timestamp('updated_at') }} as updated_at,
        {{ read_timestamp('converted_at') }} as converted_at,

        -- verdict
        {{ row_problem({'lead_id': 'text', 'created_at': 'timestamp'}) }},
        {{ dropped_values({
            'updated_at': 'timestamp', 'email': 'email_address', 'annual_revenue': 'number', 'employee_count': 'integer',
            'is_opted_out': 'boolean', 'is_erased': 'boolean', 'converted_at': 'timestamp', 'is_deleted': 'boolean', 'lead_score': 'number'
        }) }}
    from raw_rows
    where {{ is_to_judge() }}
),

{{ versioned_rows('lead_id') }}

select * from judged_rows
