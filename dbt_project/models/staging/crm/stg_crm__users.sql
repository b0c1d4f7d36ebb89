with

base as (
    select * from {{ ref('base_crm__users') }}
),

staged as (
    select
        user_id,
        name,
        email,
        team,
        region,
        time_zone,
        is_active,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
