-- The stages that each lead walks through, one letter a step.
with

signals as (
    select * from {{ ref('int_lifecycle_signals') }}
    where not is_repeat
),

transitions as (
    select * from {{ ref('int_lifecycle_transitions') }}
),

maps as (
    select
        lifecycle_model,
        {{ joined_text(dbt.concat(["'|'", 'from_code', 'signal_code', 'to_code']), '', 'from_code, signal_code') }} as map
    from transitions
    where is_allowed
    group by lifecycle_model
),

codes as (
    select distinct
        lifecycle_model,
        signal,
        signal_code
    from transitions
),

written as (
    select
        signals.lifecycle_model,
        signals.lead_id,
        {{ joined_text('codes.signal_code', '', 'signals.step') }} as signs
    from signals
    inner join codes
        on
            signals.lifecycle_model = codes.lifecycle_model
            and signals.signal = codes.signal
    group by signals.lifecycle_model, signals.lead_id
),

walked as (
    select
        written.lifecycle_model,
        written.lead_id,
        {{ dbt.concat(["'.'", walked_states('written.signs', "coalesce(maps.map, '')")]) }} as stage_codes  -- noqa: PRS
    from written
    left join maps
        on written.lifecycle_model = maps.lifecycle_model
)

select * from walked
