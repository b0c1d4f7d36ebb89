with

base as (
    select * from {{ ref('base_crm__accounts') }}
),

staged as (
    select
        account_id,
        parent_account_id,
        owner_id,
        master_record_id,
        name,
        website,
        industry,
        annual_revenue,
        employee_count,
        country,
        region,
        type,
        is_deleted,
        created_at,
        updated_at,
        valid_from,
        valid_to,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
