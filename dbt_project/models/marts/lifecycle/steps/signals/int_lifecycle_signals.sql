-- The facts that are signals, numbered for each lead in the order in which they happened.
with

facts as (
    select * from {{ ref('int_lifecycle_facts') }}
),

meanings as (
    select * from {{ ref('int_fact_meanings') }}
),

numbered as (
    select
        meanings.lifecycle_model,
        facts.lead_id,
        cast(row_number() over (
            partition by meanings.lifecycle_model, facts.lead_id
            -- of the same moment: the way forward first
            order by facts.occurred_at, meanings.stage_rank, meanings.signal, facts.fact_name, facts.fact_value
        ) as bigint) as signal_number,
        meanings.signal,
        facts.occurred_at,
        facts.fact_name,
        facts.fact_value
    from facts
    inner join meanings
        on
            facts.fact = meanings.fact
            and facts.fact_name = meanings.fact_name
            and facts.fact_value = meanings.fact_value
),

compared as (
    select
        *,
        coalesce(signal = lag(signal) over (partition by lifecycle_model, lead_id order by signal_number), false) as is_repeat
    from numbered
),

-- the same signal again changes nothing: a thousand calls are one step
stepped as (
    select
        *,
        cast(count(case when not is_repeat then 1 end) over (
            partition by lifecycle_model, lead_id order by signal_number rows unbounded preceding
        ) as integer) as step
    from compared
)

select * from stepped
