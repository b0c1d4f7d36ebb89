with

base as (
    select * from {{ ref('base_crm__opportunity_contacts') }}
),

staged as (
    select
        opportunity_id,
        contact_id,
        role,
        is_primary,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
