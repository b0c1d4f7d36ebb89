-- A move or signal with a misspelt stage, group, kind or fact would never do anything, and nobody would see why.
with

models as (
    select * from {{ ref('lifecycle_models') }}
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
),

moves as (
    select * from {{ ref('lifecycle_moves') }}
),

signals as (
    select * from {{ ref('lifecycle_signals') }}
),

places as (
    select
        lifecycle_model,
        stage as place
    from stages
    union
    select
        lifecycle_model,
        stage_group as place
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

named as (
    select
        'lifecycle_moves' as seed,
        lifecycle_model,
        from_stage as place,
        'from_stage' as column_name
    from moves
    where from_stage is not null
    union all
    select
        'lifecycle_moves' as seed,
        lifecycle_model,
        to_stage as place,
        'to_stage' as column_name
    from moves
    union all
    select
        'lifecycle_signals' as seed,
        lifecycle_model,
        to_stage as place,
        'to_stage' as column_name
    from signals
    union all
    select
        'lifecycle_signals' as seed,
        lifecycle_model,
        place,
        'only_from' as column_name
    from restrictions
),

problems as (
    select
        seed,
        named.lifecycle_model,
        named.place as cell,
        'is no stage or group of the funnel' as problem
    from named
    anti join places
        on
            named.lifecycle_model = places.lifecycle_model
            and named.place = places.place

    union all

    select
        'lifecycle_stages' as seed,
        lifecycle_model,
        stage as cell,
        'its funnel is not in lifecycle_models' as problem
    from stages
    where lifecycle_model not in (select models.lifecycle_model from models)

    union all

    select
        'lifecycle_stages' as seed,
        lifecycle_model,
        stage as cell,
        'kind is not normal, recycle, customer or exit; or is_hand_off is blank' as problem
    from stages
    where is_hand_off is null or kind is null or kind not in ('normal', 'recycle', 'customer', 'exit')

    union all

    select
        'lifecycle_stages' as seed,
        lifecycle_model,
        stage as cell,
        'a name may not hold | or be that of a group' as problem
    from stages
    where
        {{ dbt.concat(['stage', 'stage_group']) }} like '%|%'
        or stage in (
            select others.stage_group
            from stages as others
            where others.lifecycle_model = stages.lifecycle_model
        )

    union all

    select
        'lifecycle_stages' as seed,
        lifecycle_model,
        cast(stage_rank as string) as cell,
        'stage_rank is blank or there twice' as problem
    from stages
    group by lifecycle_model, stage_rank
    having count(*) > 1 or stage_rank is null

    union all

    select
        'lifecycle_moves' as seed,
        lifecycle_model,
        to_stage as cell,
        'kind is not forward, skip, recycle, reopen or exit' as problem
    from moves
    where kind is null or kind not in ('forward', 'skip', 'recycle', 'reopen', 'exit') or opens_cycle is null

    union all

    select
        'lifecycle_signals' as seed,
        lifecycle_model,
        signal as cell,
        'there is no such fact' as problem
    from signals
    where
        fact is null
        or fact not in (
            'created', 'field_change', 'task', 'task_done', 'grade_crossed', 'opportunity_opened', 'opportunity_stage',
            'opportunity_won', 'opportunity_lost', 'attribute', 'opted_out'
        )

    union all

    select
        'lifecycle_signals' as seed,
        lifecycle_model,
        signal as cell,
        'values are compared in lower case' as problem
    from signals
    where
        fact_name <> {{ lower_case('fact_name') }}
        or fact_value <> {{ lower_case('fact_value') }}
        or except_value <> {{ lower_case('except_value') }}

    union all

    select
        'lifecycle_signals' as seed,
        lifecycle_model,
        'all' as cell,
        'no funnel can have more than 59 stages or signals' as problem
    from (
        select lifecycle_model
        from signals
        group by lifecycle_model
        having count(*) > 59
        union all
        select lifecycle_model
        from stages
        group by lifecycle_model
        having count(*) > 59
    ) as too_many
)

select * from problems
