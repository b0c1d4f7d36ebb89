with

base as (
    select * from {{ ref('base_crm__opportunities') }}
),

staged as (
    select
        opportunity_id,
        account_id,
        owner_id,
        type,
        product_line,
        business_unit,
        region,
        lead_source,
        amount,
        stage,
        is_won,
        is_closed,
        loss_reason,
        created_at,
        updated_at,
        closed_at,
        valid_from,
        valid_to,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
