with

base as (
    select * from {{ ref('base_crm__tasks') }}
),

staged as (
    select
        task_id,
        lead_id,
        contact_id,
        owner_id,
        type,
        outcome,
        created_at,
        completed_at,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
