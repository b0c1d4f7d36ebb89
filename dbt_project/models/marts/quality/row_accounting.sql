with

files as (
    select * from {{ ref('stg_landing__files') }}
    where status = 'accepted'
),

rejected_rows as (
    select * from {{ ref('stg_landing__rejected_rows') }}
),

base_rows as (
    {{ rows_of_all_raw_tables(['load_id', 'row_verdict']) }}
),

counts as (
    select
        source,
        table_name,
        load_id,
        row_count + rejected_count as raw,
        0 as staged,
        0 as duplicate,
        0 as quarantined
    from files

    union all

    select
        source,
        table_name,
        load_id,
        0 as raw,
        count(*) filter (where row_verdict = 'staged') as staged,
        count(*) filter (where row_verdict = 'duplicate') as duplicate,
        count(*) filter (where row_verdict = 'quarantined') as quarantined
    from base_rows
    group by source, table_name, load_id

    union all

    select
        source,
        table_name,
        load_id,
        0 as raw,
        0 as staged,
        0 as duplicate,
        count(*) as quarantined
    from rejected_rows
    group by source, table_name, load_id
),

accounts as (
    select
        source,
        table_name,
        load_id,
        cast(sum(raw) as bigint) as raw_rows,
        cast(sum(staged) as bigint) as staged_rows,
        cast(sum(duplicate) as bigint) as duplicate_rows,
        cast(sum(quarantined) as bigint) as quarantined_rows
    from counts
    group by source, table_name, load_id
)

select * from accounts
