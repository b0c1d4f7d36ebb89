with

files as (
    select * from {{ ref('stg_landing__files') }}
    where status = 'accepted'
),

rejected_rows as (
    select * from {{ ref('stg_landing__rejected_rows') }}
),

refused_rows as (
    {{ rows_of_all_raw_tables(
        ['row_file', 'row_number', 'problem_column', 'problem_reason', 'problem_value', 'load_id', 'loaded_at'],
        condition="row_verdict = 'quarantined'",
        only_faults=true
    ) }}
),

bad_rows as (
    select
        source,
        table_name,
        row_file,
        row_number,
        row_key,
        problem_column as column_name,
        problem_reason as reason,
        problem_value as raw_value,
        load_id,
        loaded_at
    from refused_rows

    union all

    select
        source,
        table_name,
        file_id as row_file,
        row_number,
        cast(null as string) as row_key,
        column_name,
        reason,
        raw_value,
        load_id,
        registered_at as loaded_at
    from rejected_rows
),

located as (
    select
        bad_rows.source,
        bad_rows.table_name,
        files.landing_path,
        bad_rows.row_number,
        bad_rows.row_key,
        bad_rows.column_name,
        bad_rows.reason,
        bad_rows.raw_value,
        bad_rows.load_id,
        bad_rows.loaded_at
    from bad_rows
    left join files
        on bad_rows.row_file = files.file_id
)

select * from located
