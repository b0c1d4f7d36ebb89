-- Every stage that a lead was in, from its entry to its exit, in all its cycles.
with

moves as (
    select * from {{ ref('int_signals_judged') }}
    where is_allowed
),

changes as (
    select
        lifecycle_model,
        lead_id,
        cast(row_number() over (partition by lifecycle_model, lead_id order by signal_number) as integer) as change_number,
        cycle_number,
        nullif(from_stage, '') as from_stage,
        to_stage,
        kind,
        signal,
        fact_name,
        fact_value,
        occurred_at as entered_at,
        lead(occurred_at) over (partition by lifecycle_model, lead_id order by signal_number) as exited_at,
        lead(to_stage) over (partition by lifecycle_model, lead_id order by signal_number) as next_stage
    from moves
)

select * from changes
