-- The first extract hands over all that there was; then there is one each hour, and a day later some rows come again.
create or replace temp table {table}_extracts as
with timed as (
    select *, time_bucket(interval 1 hour, greatest(known_at, getvariable('start_at'))) + interval 1 hour as loaded_at
    from {table}
),

extracted as (
    select *, false as is_repeat
    from timed
    union all
    select * replace (loaded_at + interval 24 hours as loaded_at), true
    from timed
    where getvariable('has_dirt') and uniform(hash(concat_ws('|', {key}, known_at)), 'repeated extract') < 0.004
)

select *, false as is_late, loaded_at::date as delivered_on
from extracted
where loaded_at < getvariable('end_at');
