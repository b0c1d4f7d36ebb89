-- More than half of all mails and visits happened on one early day: they keep their hour and when they were delivered.
-- A visit that says who it is stays where it is, so that no device is said to be somebody's before it is.
create or replace temp table shifts as
with stays as (
    select distinct event_key >> 6 as cause
    from {table}_events_arrivals
    where kind = 'person' and {names}
),

causes as (
    select event_key >> 6 as cause, date_trunc('day', min(occurred_at)) as happened_on
    from {table}_events_arrivals
    where event_key >= 0
    group by event_key >> 6
)

select cause, happened_on - getvariable('hot_day')::timestamp as shift
from causes
anti join stays using (cause)
where happened_on > getvariable('hot_day')::timestamp and uniform(cause, 'happens early') < getvariable('hot_day_share');

update {table}_events_arrivals
set occurred_at = occurred_at - shifts.shift
from shifts
where event_key >= 0 and event_key >> 6 = shifts.cause;

drop table shifts;
