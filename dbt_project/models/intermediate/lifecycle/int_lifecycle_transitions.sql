-- What each signal means in each stage where it means anything: a move, or one that is not allowed.
with

stages as (
    select
        *,
        {{ letter("row_number() over (partition by lifecycle_model order by stage_rank, stage)") }} as code
    from {{ ref('lifecycle_stages') }}
),

signals as (
    select
        *,
        {{ letter("row_number() over (partition by lifecycle_model order by signal)") }} as code
    from {{ ref('lifecycle_signals') }}
),

moves as (
    select
        *,
        coalesce(from_stage, '') as left_stage
    from {{ ref('lifecycle_moves') }}
),

states as (
    select
        lifecycle_model,
        stage,
        stage_group,
        code
    from stages

    union all

    -- before the first stage
    select distinct
        lifecycle_model,
        '' as stage,
        '' as stage_group,
        '.' as code
    from stages
),

restrictions as (
    select
        lifecycle_model,
        signal,
        {{ explode_text('only_from', '|') }} as place
    from signals
    where only_from is not null
),

meanings as (
    select distinct
        signals.lifecycle_model,
        signals.signal,
        signals.to_stage,
        signals.code as signal_code,
        states.stage as from_stage,
        states.code as from_code
    from signals
    inner join states
        on signals.lifecycle_model = states.lifecycle_model
    left join restrictions
        on
            signals.lifecycle_model = restrictions.lifecycle_model
            and signals.signal = restrictions.signal
    where
        (signals.only_from is null or restrictions.place in (states.stage, states.stage_group))
        and states.stage <> signals.to_stage
),

transitions as (
    select
        meanings.lifecycle_model,
        meanings.from_stage,
        meanings.signal,
        meanings.to_stage,
        moves.kind,
        moves.lifecycle_model is not null as is_allowed,
        coalesce(moves.opens_cycle, false) as opens_cycle,
        meanings.from_code,
        meanings.signal_code,
        stages.code as to_code
    from meanings
    inner join stages
        on
            meanings.lifecycle_model = stages.lifecycle_model
            and meanings.to_stage = stages.stage
    left join moves
        on
            meanings.lifecycle_model = moves.lifecycle_model
            and meanings.from_stage = moves.left_stage
            and meanings.to_stage = moves.to_stage
)

select * from transitions
