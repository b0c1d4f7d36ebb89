-- A policy that nobody knows is none: a misspelt `after_days` would overwrite what people wrote.
with

mappings as (
    select * from {{ ref('field_mappings') }}
),

objects as (
    select * from {{ ref('sync_objects') }}
),

hysteresis as (
    select * from {{ ref('sync_hysteresis') }}
),

problems as (
    select
        destination,
        object,
        field
    from mappings
    where
        coalesce(nulls, '') not in ('clear', 'keep')
        or coalesce(overwrite, '') not in ('always', 'after_days', 'if_empty')
        or (overwrite = 'after_days') <> (keep_days is not null)
        or keep_days < 0
        or coalesce(value_type, '') not in ('text', 'number')
        or (value_type = 'text' and empty_number is not null)

    union all

    -- without its own id a record needs a field and a value to be found by
    select
        destination,
        object,
        'write_mode' as field
    from objects
    where
        coalesce(write_mode, '') not in ('update', 'upsert', 'never_create')
        or (write_mode = 'update') <> (match_key is null)
        or (write_mode = 'update') <> (match_column is null)
        or match_column not in ('email', 'lead_id')

    union all

    select
        'any' as destination,
        dimension as object,
        'margins' as field
    from hysteresis
    where
        dimension not in ('profile', 'engagement')
        or coalesce(margin_up, -1) < 0
        or coalesce(margin_down, -1) < 0
)

select * from problems
