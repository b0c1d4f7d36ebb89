-- Nothing is copied: the raw rows as they lie in their files, and the few verdicts.
with

raw_events as (
    select * from {{ ref('base_web__raw_events') }}
    where {{ is_judged('base_web__event_verdicts') }}
),

verdicts as (
    select * from {{ ref('base_web__event_verdicts') }}
),

judged as (
    select
        raw_events.*,
        coalesce(verdicts.row_verdict, 'staged') as row_verdict
    from raw_events
    left join verdicts
        on
            raw_events.row_file = verdicts.row_file
            and raw_events.row_number = verdicts.row_number
)

select * from judged
