-- How long it takes until nearly all have passed who ever pass, by passage: before that a cohort is too young to be judged.
with

passages as (
    select
        lifecycle_model,
        from_stage,
        to_stage,
        cast({{ dbt.datediff('entered_at', 'passed_at', 'day') }} as integer) as lag_days
    from {{ ref('int_stage_passages') }}
    where passed_at is not null
),

settings as (
    select * from {{ ref('lifecycle_settings') }}
),

placed as (
    select
        *,
        cume_dist() over (partition by lifecycle_model, from_stage, to_stage order by lag_days) as place
    from passages
)

select
    lifecycle_model,
    from_stage,
    to_stage,
    {{ quantile_of('lag_days', 'place', lifecycle_setting('maturity_share')) }} as maturity_days
from placed
group by lifecycle_model, from_stage, to_stage
