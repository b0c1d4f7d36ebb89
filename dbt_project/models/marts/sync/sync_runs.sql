-- One row a run of the sync, with what its rows came to in the end.
with

runs as (
    select * from {{ ref('stg_sync__runs') }}
),

outcomes as (
    select * from {{ ref('sync_outcomes') }}
),

counted as (
    select
        run_id,
        destination,
        min(sent_at) as first_sent_at,
        sum(case when is_last_in_run then 1 else 0 end) as record_count,
        sum(case when is_last_in_run and outcome = 'accepted' then 1 else 0 end) as accepted_count,
        sum(case when is_last_in_run and outcome = 'unchanged' then 1 else 0 end) as unchanged_count,
        sum(case when is_last_in_run and outcome = 'rejected' then 1 else 0 end) as rejected_count,
        sum(case when is_last_in_run and outcome = 'retry' then 1 else 0 end) as retry_count,
        sum(case when is_last_in_run and outcome = 'dead_letter' then 1 else 0 end) as dead_letter_count
    from outcomes
    group by run_id, destination
),

all_runs as (
    select
        run_id,
        destination
    from runs

    union distinct

    select
        run_id,
        destination
    from counted
),

described as (
    select
        all_runs.run_id,
        all_runs.destination,
        coalesce(runs.started_at, counted.first_sent_at) as started_at,
        runs.ended_at,
        runs.ended_at is not null as is_ended,
        runs.stopped,
        runs.records_differing,
        runs.records_resting,
        runs.records_overwritten,
        runs.records_unsent,
        coalesce(runs.is_partial, false) as is_partial,
        cast(coalesce(counted.record_count, 0) as bigint) as record_count,
        cast(coalesce(counted.accepted_count, 0) as bigint) as accepted_count,
        cast(coalesce(counted.unchanged_count, 0) as bigint) as unchanged_count,
        cast(coalesce(counted.rejected_count, 0) as bigint) as rejected_count,
        cast(coalesce(counted.retry_count, 0) as bigint) as retry_count,
        cast(coalesce(counted.dead_letter_count, 0) as bigint) as dead_letter_count,
        cast(
            100.0 * (coalesce(counted.rejected_count, 0) + coalesce(counted.dead_letter_count, 0))
            / nullif(counted.record_count, 0) as decimal(9, 4)
        ) as rejected_percent,
        runs.calls,
        runs.quota_used,
        runs.quota_limit
    from all_runs
    left join runs
        on
            all_runs.run_id = runs.run_id
            and all_runs.destination = runs.destination
    left join counted
        on
            all_runs.run_id = counted.run_id
            and all_runs.destination = counted.destination
)

select * from described
