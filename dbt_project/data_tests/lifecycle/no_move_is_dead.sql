-- A move that no signal asks for, a signal that never moves anybody, a stage that nobody enters: somebody believes in them.
with

transitions as (
    select * from {{ ref('int_lifecycle_transitions') }}
    where is_allowed
),

dead as (
    select
        'lifecycle_moves' as seed,
        moves.lifecycle_model,
        {{ dbt.concat(["coalesce(moves.from_stage, '')", "' -> '", "moves.to_stage"]) }} as cell
    from {{ ref('lifecycle_moves') }} as moves
    anti join transitions
        on
            moves.lifecycle_model = transitions.lifecycle_model
            and coalesce(moves.from_stage, '') = transitions.from_stage
            and moves.to_stage = transitions.to_stage

    union all

    select
        'lifecycle_signals' as seed,
        signals.lifecycle_model,
        signals.signal as cell
    from {{ ref('lifecycle_signals') }} as signals
    anti join transitions
        on
            signals.lifecycle_model = transitions.lifecycle_model
            and signals.signal = transitions.signal

    union all

    select
        'lifecycle_stages' as seed,
        stages.lifecycle_model,
        stages.stage as cell
    from {{ ref('lifecycle_stages') }} as stages
    anti join transitions
        on
            stages.lifecycle_model = transitions.lifecycle_model
            and stages.stage = transitions.to_stage
)

select * from dead
