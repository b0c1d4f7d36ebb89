-- What each lead last answered to what is asked again and again, as long as the answer is young enough.
with

told_values as (
    select * from {{ ref('int_told_values') }}
),

facts as (
    select * from {{ ref('lead_facts') }}
    where kind = 'answer'
),

ranked as (
    select
        told_values.lead_id,
        told_values.attribute,
        told_values.value,
        told_values.observed_at,
        row_number() over (
            partition by told_values.lead_id, told_values.attribute
            order by told_values.observed_at desc nulls last, told_values.value asc
        ) as answer_rank
    from told_values
    inner join facts
        on
            told_values.attribute = facts.fact
            and (
                facts.within_days is null
                or {{ dbt.datediff('told_values.observed_at', as_of(), 'day') }} < facts.within_days
            )
),

answers as (
    select
        lead_id,
        attribute,
        value,
        observed_at
    from ranked
    where answer_rank = 1
)

select * from answers
