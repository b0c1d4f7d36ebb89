{#
    CTEs, the last of which is `judged_rows`: the rows of `typed` with `row_verdict`, `valid_from` and `valid_to`, for CRM tables
    that hand over a record again whenever it changes.

    The version time of a row is its updated_at; without one, its created_at; and if no row of the record has an
    updated_at, the time it was loaded. Of rows with the same record and version time the latest loaded is staged.
    A version is valid until the next; the first is valid since the record was created (or always, when nobody knows).

    Args:
        key: the column of `typed` that is the record's id.
#}
{% macro versioned_rows(key) -%}
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
    from typed
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
        typed.*,
        bounded_versions.valid_from,
        bounded_versions.valid_to,
        case
            when typed.problem_column is not null then 'quarantined'
            when bounded_versions.row_file is null then 'duplicate'
            else 'staged'
        end as row_verdict
    from typed
    left join bounded_versions
        on typed.row_file = bounded_versions.row_file
            and typed.row_number = bounded_versions.row_number
)
{%- endmacro %}
