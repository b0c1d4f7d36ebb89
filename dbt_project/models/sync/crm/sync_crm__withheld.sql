-- What is not sent although it could be said, and why: what a run tells.
with

judged_values as (
    select * from {{ ref('sync_crm__judged_values') }}
    where withheld is not null
),

steady_grades as (
    select * from {{ ref('sync_crm__steady_grades') }}
    where is_held
),

records as (
    select * from {{ ref('int_sync_records') }}
    where withheld is not null
),

leads as (
    select * from {{ ref('leads') }}
    where is_deleted and not is_test
),

withheld as (
    select
        lead_id,
        withheld as reason,
        field
    from judged_values

    union all

    select
        lead_id,
        'near_an_edge' as reason,
        'grade' as field
    from steady_grades

    union all

    select
        lead_id,
        'deleted' as reason,
        'record' as field
    from leads

    union all

    select
        lead_id,
        withheld as reason,
        'record' as field
    from records
)

select * from withheld
