with

register as (
    select * from {{ source('landing', 'files') }}
),

files as (
    select
        load_id,
        file_id,
        landing_path,
        source,
        table_name,
        format,
        status,
        reason,
        column_name,
        bytes,
        coalesce(row_count, 0) as row_count,
        coalesce(rejected_count, 0) as rejected_count,
        raw_path,
        registered_at
    from register
)

select * from files
