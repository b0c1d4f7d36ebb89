-- What waits for the CRM, by destination, and since when.
with

outcomes as (
    select * from {{ ref('sync_outcomes') }}
),

runs as (
    select * from {{ ref('sync_runs') }}
    where not is_partial
),

taken as (
    select
        destination,
        object,
        record_id,
        max(sent_at) as taken_at
    from outcomes
    where outcome in ('accepted', 'unchanged')
    group by destination, object, record_id
),

-- what is tried again each night has waited since its first try, not since its last
not_taken as (
    select
        outcomes.destination,
        min(outcomes.sent_at) as waiting_since,
        1 as record_count,
        max(case when outcomes.is_last and outcomes.outcome = 'dead_letter' then 1 else 0 end) as dead_letter_count
    from outcomes
    left join taken
        on
            outcomes.destination = taken.destination
            and outcomes.object = taken.object
            and outcomes.record_id = taken.record_id
    where
        taken.taken_at is null
        or outcomes.sent_at > taken.taken_at
    group by outcomes.destination, outcomes.object, outcomes.record_id
),

whole_runs as (
    select
        destination,
        max(run_id) as run_id
    from runs
    where records_unsent = 0
    group by destination
),

-- a run that was killed does not say what it left
left_untried as (
    select
        runs.destination,
        min(runs.started_at) as waiting_since,
        0 as record_count,
        0 as dead_letter_count
    from runs
    left join whole_runs
        on runs.destination = whole_runs.destination
    where
        whole_runs.run_id is null
        or runs.run_id > whole_runs.run_id
    group by runs.destination
),

waiting as (
    select * from not_taken

    union all

    select * from left_untried
),

unsent as (
    select
        destination,
        cast(sum(record_count) as bigint) as unsent_count,
        cast(sum(dead_letter_count) as bigint) as dead_letter_count,
        min(waiting_since) as oldest_unsent_at
    from waiting
    group by destination
)

select * from unsent
