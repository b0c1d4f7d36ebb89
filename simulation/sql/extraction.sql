-- An extract each hour; the extract of the day after hands over some rows again.
create or replace temp table {table}_extracts as
with extracted as (
    select *, time_bucket(interval 1 hour, changed_at) + interval 1 hour as loaded_at, false as is_repeat
    from {table}
    union all
    select *, time_bucket(interval 1 hour, changed_at) + interval 25 hours, true
    from {table}
    where getvariable('has_dirt') and uniform(hash(concat_ws('|', {key}, changed_at)), 'repeated extract') < 0.004
)

select *, false as is_late, loaded_at::date as delivered_on
from extracted
where loaded_at < getvariable('end_at');
