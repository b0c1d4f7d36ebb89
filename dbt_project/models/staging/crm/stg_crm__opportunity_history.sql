with

base as (
    select * from {{ ref('base_crm__opportunity_history') }}
),

staged as (
    select
        opportunity_id,
        stage,
        amount,
        changed_at,
        close_date,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
