-- An identifier is one person's at a time; two at once would count its events for both.
with

owners as (
    select
        *,
        lead(valid_from) over (
            partition by source, identifier order by valid_from asc nulls first
        ) as next_valid_from,
        count(*) over (partition by source, identifier) as owner_count
    from {{ ref('int_identifier_owners') }}
)

select *
from owners
where
    owner_count > 1
    and (
        valid_to > next_valid_from
        or (valid_to is null and next_valid_from is not null)
        or (valid_from is null and valid_to is null)
    )
