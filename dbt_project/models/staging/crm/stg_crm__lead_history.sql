with

base as (
    select * from {{ ref('base_crm__lead_history') }}
),

staged as (
    select
        lead_id,
        field,
        old_value,
        new_value,
        changed_at,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
