-- Signals of moves that the seed does not allow: they left the stage as it was.
with

refused as (
    select * from {{ ref('int_signals_judged') }}
    where not is_allowed
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
),

violations as (
    select
        refused.lifecycle_model,
        refused.lead_id,
        cast(refused.signal_number as bigint) as signal_number,
        refused.cycle_number,
        nullif(refused.from_stage, '') as stage,
        refused.to_stage as refused_stage,
        case
            when stages.stage is null then 'before the first stage'
            when stages.kind = 'exit' then 'after an exit'
            when stages.kind = 'recycle' and refused_stages.kind in ('normal', 'customer') then 'not taken up again'
            when refused_stages.kind in ('recycle', 'exit') then 'no way out'
            when refused_stages.stage_rank < stages.stage_rank then 'backward'
            else 'too far ahead'
        end as violation,
        refused.signal,
        refused.fact_name,
        refused.fact_value,
        refused.occurred_at
    from refused
    inner join stages as refused_stages
        on
            refused.lifecycle_model = refused_stages.lifecycle_model
            and refused.to_stage = refused_stages.stage
    left join stages
        on
            refused.lifecycle_model = stages.lifecycle_model
            and refused.from_stage = stages.stage
)

select * from violations
