-- What each signal did to the stage of its lead: a move, or a violation when it was not allowed. What changes nothing is left out.
with

signals as (
    select * from {{ ref('int_lifecycle_signals') }}
),

transitions as (
    select * from {{ ref('int_lifecycle_transitions') }}
),

walks as (
    select * from {{ ref('int_stage_walks') }}
),

judged as (
    select
        signals.lifecycle_model,
        signals.lead_id,
        signals.signal_number,
        signals.signal,
        signals.occurred_at,
        signals.fact_name,
        signals.fact_value,
        transitions.from_stage,
        transitions.to_stage,
        transitions.kind,
        transitions.is_allowed,
        transitions.opens_cycle
    from signals
    inner join walks
        on
            signals.lifecycle_model = walks.lifecycle_model
            and signals.lead_id = walks.lead_id
    inner join transitions
        on
            signals.lifecycle_model = transitions.lifecycle_model
            and signals.signal = transitions.signal
            and transitions.from_code = substr(walks.stage_codes, signals.step, 1)
    where not (transitions.is_allowed and signals.is_repeat)
),

counted as (
    select
        *,
        1 + cast(count(case when is_allowed and opens_cycle then 1 end) over (
            partition by lifecycle_model, lead_id order by signal_number rows unbounded preceding
        ) as integer) as cycle_number
    from judged
)

select * from counted
