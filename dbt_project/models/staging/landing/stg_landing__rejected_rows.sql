with

register as (
    select * from {{ source('landing', 'rejected_rows') }}
),

rejected_rows as (
    select
        load_id,
        file_id,
        source,
        table_name,
        row_number,
        column_name,
        reason,
        {{ kept_value('raw_value') }} as raw_value,
        registered_at
    from register
)

select * from rejected_rows
