-- How the sync is, by destination: one row each, with what somebody should look at.
with

runs as (
    select
        *,
        row_number() over (partition by destination order by run_id desc) as recency_rank
    from {{ ref('sync_runs') }}
    where not is_partial
),

policies as (
    select * from {{ ref('sync_policies') }}
),

unsent as (
    select * from {{ ref('sync_unsent') }}
),

last_runs as (
    select * from runs
    where recency_rank = 1
),

earlier_runs as (
    select
        destination,
        count(*) as earlier_run_count,
        avg(rejected_percent) as usual_rejected_percent
    from runs
    where recency_rank > 1
    group by destination
),

measured as (
    select
        last_runs.destination,
        last_runs.run_id as last_run_id,
        last_runs.started_at as last_run_at,
        last_runs.is_ended as last_run_is_ended,
        last_runs.stopped,
        last_runs.records_overwritten,
        last_runs.records_unsent,
        last_runs.rejected_percent,
        cast(earlier_runs.usual_rejected_percent as decimal(9, 4)) as usual_rejected_percent,
        cast(coalesce(unsent.unsent_count, 0) as bigint) as unsent_count,
        cast(coalesce(unsent.dead_letter_count, 0) as bigint) as dead_letter_count,
        unsent.oldest_unsent_at,
        cast({{ dbt.datediff('unsent.oldest_unsent_at', as_of(), 'hour') }} as bigint) as oldest_unsent_hours,
        cast(100.0 * last_runs.quota_used / nullif(last_runs.quota_limit, 0) as decimal(9, 4)) as quota_used_percent,
        coalesce(last_runs.rejected_percent > policies.alert_rejected_percent, false) as is_rejecting,
        coalesce(
            abs(last_runs.rejected_percent - earlier_runs.usual_rejected_percent) > policies.alert_deviation_points,
            false
        ) as is_unusual,
        coalesce(
            {{ dbt.datediff('unsent.oldest_unsent_at', as_of(), 'hour') }} > policies.alert_unsent_hours, false
        ) as is_late,
        coalesce(
            100.0 * last_runs.quota_used / nullif(last_runs.quota_limit, 0) > policies.alert_quota_percent, false
        ) as is_short_of_quota,
        not last_runs.is_ended or last_runs.stopped is not null as is_broken_off
    from last_runs
    inner join policies
        on last_runs.destination = policies.destination
    left join earlier_runs
        on last_runs.destination = earlier_runs.destination
    left join unsent
        on last_runs.destination = unsent.destination
)

select * from measured
