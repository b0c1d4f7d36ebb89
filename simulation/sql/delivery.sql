-- When each event reaches the landing folder: soon as a rule, sometimes days late, sometimes twice.
create or replace temp table {table}_arrivals as
with timed as (
    select
        *,
        uniform(event_key, 'delivery') as chance,
        case
            when getvariable('has_dirt') and chance < 0.004
                then to_seconds(86400 + whole(event_key, 'late by', 172800))
            else to_seconds(20 + (waiting(event_key, 'delivered after') * 120)::bigint)
        end as delay
    from {table}
),

copies as (
    select *, chance < 0.004 as is_late, false as is_repeat, occurred_at + delay as arrives_at
    from timed
    union all
    select *, false, true, occurred_at + delay + to_seconds(3600 + whole(event_key, 'repeated after', 86400))
    from timed
    where getvariable('has_dirt') and chance >= 0.004 and chance < 0.006
)

select
    * exclude (chance, delay, arrives_at, is_late),
    is_late and getvariable('has_dirt') as is_late,
    time_bucket(interval 5 minutes, arrives_at) + interval 5 minutes as loaded_at,
    loaded_at::date as delivered_on
from copies
where loaded_at < getvariable('end_at');
