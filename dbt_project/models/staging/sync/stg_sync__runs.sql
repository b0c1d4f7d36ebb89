with

base as (
    select * from {{ ref('base_sync__runs') }}
),

staged as (
    select
        run_id,
        destination,
        records_differing,
        records_resting,
        records_overwritten,
        records_unsent,
        coalesce(is_partial, false) as is_partial,
        stopped,
        calls,
        quota_used,
        quota_limit,
        started_at,
        ended_at,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
