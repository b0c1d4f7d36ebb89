{#
    CTEs, the last of which is `judged_rows`: the rows of `typed` with `row_verdict`, `valid_from` and `valid_to`, for CRM tables
    that hand over a record again whenever it changes.

    The version time of a row is its updated_at; without one, its created_at; and if no row of the record has an
    updated_at, the time it was loaded. Of rows with the same record and version time the latest loaded is staged.
    A version is valid until the next; the first is valid since the record was created (or always, when nobody knows).

    A new load is judged together with what earlier ones brought of its records; other records stay as they are.

    Args:
        key: the column of `typed` that is the record's id.
#}
{% macro versioned_rows(key) -%}
{%- set rows = 'typed' -%}
{%- if is_incremental() -%}
    {%- set rows = 'rows_of_records' -%}
    {%- set judged = ['valid_from', 'valid_to', 'row_verdict'] -%}
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') | reject('in', judged) | join(', ') -%}
records_to_restate as (
    select distinct {{ key }}
    from typed
    where {{ key }} is not null
),

rows_of_records as (
    select {{ columns }} from typed
    union all
    select {{ columns }} from {{ this }}
    where {{ key }} in (select {{ key }} from records_to_restate)
),

{% endif -%}
dated_versions as (
    select
        row_file,
        row_number,
        loaded_at,
        {{ key }} as record_id,
        created_at,
        time_limit_from,
        coalesce(
            updated_at,
            case when max(updated_at) over (partition by {{ key }}) is null then loaded_at else created_at end,
            loaded_at
        ) as version_at
    from {{ rows }}
    where problem_column is null
),

ranked_versions as (
    select
        *,
        row_number() over (
            partition by record_id, version_at
            order by loaded_at desc, row_file desc, row_number desc
        ) as place,
        min(created_at) over (partition by record_id) as record_created_at
    from dated_versions
),

bounded_versions as (
    select
        row_file,
        row_number,
        case
            when lag(version_at) over (partition by record_id order by version_at) is not null then version_at
            else least(version_at, coalesce(record_created_at, time_limit_from))
        end as valid_from,
        lead(version_at) over (partition by record_id order by version_at) as valid_to
    from ranked_versions
    where place = 1
),

judged_rows as (
    select
        judged.*,
        bounded_versions.valid_from,
        bounded_versions.valid_to,
        case
            when judged.problem_column is not null then 'quarantined'
            when bounded_versions.row_file is null then 'duplicate'
            else 'staged'
        end as row_verdict
    from {{ rows }} as judged
    left join bounded_versions
        on judged.row_file = bounded_versions.row_file
            and judged.row_number = bounded_versions.row_number
)
{%- endmacro %}
