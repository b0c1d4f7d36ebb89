with

base as (
    select * from {{ ref('base_crm__lead_attributes') }}
),

staged as (
    select
        lead_id,
        attribute,
        value,
        observed_at,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
