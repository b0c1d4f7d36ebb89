-- A join that fans out counts one click twice: as many activities as staged events up to the as-of time.
with

staged as (
    select
        (select count(*) from {{ ref('stg_web__events') }} where occurred_at <= {{ as_of() }})
        + (select count(*) from {{ ref('stg_email__events') }} where occurred_at <= {{ as_of() }})
        + (select count(*) from {{ ref('stg_messaging__events') }} where occurred_at <= {{ as_of() }}) as event_count
),

activities as (
    select count(*) as activity_count, count(distinct activity_id) as distinct_count
    from {{ ref('int_activities') }}
)

select staged.event_count, activities.activity_count, activities.distinct_count
from staged
cross join activities
where
    staged.event_count <> activities.activity_count
    or activities.activity_count <> activities.distinct_count
