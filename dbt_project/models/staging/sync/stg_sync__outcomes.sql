with

base as (
    select * from {{ ref('base_sync__outcomes') }}
),

staged as (
    select
        run_id,
        destination,
        object,
        record_id,
        lead_id,
        payload,
        outcome,
        code,
        message,
        attempt,
        sent_at,
        next_try_at,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
