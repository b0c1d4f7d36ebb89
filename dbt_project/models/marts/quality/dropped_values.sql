with

files as (
    select * from {{ ref('stg_landing__files') }}
    where status = 'accepted'
),

rows_with_dropped_values as (
    {{ rows_of_all_raw_tables(
        ['row_file', 'row_number', 'dropped_values', 'load_id', 'loaded_at'],
        condition="dropped_values is not null and row_verdict = 'staged'",
        only_faults=true
    ) }}
),

located as (
    select
        rows_with_dropped_values.source,
        rows_with_dropped_values.table_name,
        files.landing_path,
        rows_with_dropped_values.row_number,
        rows_with_dropped_values.row_key,
        rows_with_dropped_values.dropped_values,
        rows_with_dropped_values.load_id,
        rows_with_dropped_values.loaded_at
    from rows_with_dropped_values
    left join files
        on rows_with_dropped_values.row_file = files.file_id
)

select * from located
