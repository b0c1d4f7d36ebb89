with

verdicts as (
    select * from {{ ref('int_verdicts_to_restate') }}
),

activity_days as (
    select distinct
        source,
        identifier,
        cast(occurred_at as date) as activity_date
    from verdicts
)

select * from activity_days
