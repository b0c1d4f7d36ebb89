with

base as (
    select * from {{ ref('base_crm__campaign_members') }}
),

staged as (
    select
        campaign_id,
        lead_id,
        contact_id,
        status,
        responded_at,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
