-- A join that fans out counts one click twice: as many activities as staged events up to the as-of time.
with

staged as (
    select count(*) as event_count
    from {{ ref('stg_web__events') }}
    where occurred_at <= {{ as_of() }}

    union all

    select count(*) as event_count
    from {{ ref('stg_email__events') }}
    where occurred_at <= {{ as_of() }}

    union all

    select count(*) as event_count
    from {{ ref('stg_messaging__events') }}
    where occurred_at <= {{ as_of() }}
),

expected as (
    select sum(event_count) as event_count
    from staged
),

activities as (
    select
        count(*) as activity_count,
        count(distinct activity_id) as distinct_count
    from {{ ref('int_activities') }}
)

select
    expected.event_count,
    activities.activity_count,
    activities.distinct_count
from expected
cross join activities
where
    expected.event_count <> activities.activity_count
    or activities.activity_count <> activities.distinct_count
