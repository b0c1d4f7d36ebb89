with

files as (
    select * from {{ ref('stg_landing__files') }}
),

without_our_paths as (
    select
        file_id,
        landing_path,
        source,
        table_name,
        format,
        status,
        reason,
        column_name,
        bytes,
        row_count,
        rejected_count,
        load_id,
        registered_at
    from files
)

select * from without_our_paths
