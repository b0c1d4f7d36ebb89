{#
    The versions of a record leave no gap and do not overlap, and exactly one is current.

    Args:
        column_name: id of the record.
#}
{% test versions_follow_each_other(model, column_name) %}
with

versions as (
    select
        {{ column_name }} as record_id,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by {{ column_name }} order by valid_from) as next_valid_from
    from {{ model }}
)

select *
from versions
where valid_from is null
    or valid_to <= valid_from
    or valid_to <> next_valid_from
    or (valid_to is null and next_valid_from is not null)
    or (valid_to is not null and next_valid_from is null)
{% endtest %}
