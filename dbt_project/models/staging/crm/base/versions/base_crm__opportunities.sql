with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('crm', 'opportunities') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},
        time_limit_from,

        -- identifiers
        {{ read_text('opportunity_id') }} as opportunity_id,
        {{ read_text('account_id') }} as account_id,
        {{ read_text('owner_id') }} as owner_id,

        -- what is sold
        {{ read_text('type') }} as type,
        {{ read_text('product_line') }} as product_line,
        {{ read_text('business_unit') }} as business_unit,
        {{ read_text('region') }} as region,
        {{ read_text('lead_source') }} as lead_source,
        {{ read_number('amount') }} as amount,

        -- state
        {{ read_text('stage') }} as stage,
        {{ read_boolean('is_won') }} as is_won,
        {{ read_boolean('is_closed') }} as is_closed,
        {{ read_text('loss_reason') }} as loss_reason,

        -- times
        {{ read_timestamp('created_at') }} as created_at,
        {{ read_timestamp('updated_at') }} as updated_at,
        {{ read_timestamp('closed_at') }} as closed_at,

        -- verdict
        {{ row_problem({'opportunity_id': 'text', 'created_at': 'timestamp'}) }},
        {{ dropped_values({
            'amount': 'number', 'is_won': 'boolean', 'is_closed': 'boolean', 'updated_at': 'timestamp',
            'closed_at': 'timestamp'
        }) }}
    from raw_rows
    where {{ is_to_judge() }}
),

{{ versioned_rows('opportunity_id') }}

select * from judged_rows
