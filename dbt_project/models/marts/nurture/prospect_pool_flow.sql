-- How many came into the pool and left it in each week, and how many were in it at the week's end.
with

prospects as (
    select * from {{ ref('int_prospects') }}
),

moves as (
    select
        kind,
        cast({{ dbt.date_trunc('week', 'entered_at') }} as date) as week,
        'entered' as move
    from prospects

    union all

    select
        kind,
        cast({{ dbt.date_trunc('week', 'left_at') }} as date) as week,
        left_as as move
    from prospects
    where left_at is not null
),

weekly as (
    select
        kind,
        week,
        count(case when move = 'entered' then 1 end) as entered_count,
        count(case when move = 'identified' then 1 end) as identified_count,
        count(case when move = 'completed' then 1 end) as completed_count,
        count(case when move = 'assigned' then 1 end) as assigned_count,
        count(case when move = 'converted' then 1 end) as converted_count
    from moves
    group by kind, week
),

flow as (
    select
        *,
        sum(entered_count - identified_count - completed_count - assigned_count - converted_count) over (
            partition by kind order by week rows unbounded preceding
        ) as pool_size
    from weekly
)

select
    kind,
    week,
    cast(entered_count as bigint) as entered_count,
    cast(identified_count as bigint) as identified_count,
    cast(completed_count as bigint) as completed_count,
    cast(assigned_count as bigint) as assigned_count,
    cast(converted_count as bigint) as converted_count,
    cast(pool_size as bigint) as pool_size
from flow
