-- Who and what is hot: one account's people, one mail, one device, one day.
create or replace table hot_people as
with suitable as (
    select
        person_id, company_id, email, person_id * 16 + device_count - 1 as device_key
    from persons
    where kind = 'lead' and mailbox_kind = 'business' and (device_count > 1 or gives_device_day is null)
),

hot_company as (
    select company_id
    from suitable
    group by company_id
    order by count(*) desc, company_id
    limit 1
)

select
    person_id,
    email,
    device_key,
    row_number() over (order by person_id) - 1 as place,
    count(*) over () as people
from suitable
semi join hot_company on suitable.company_id = hot_company.company_id;

create or replace table bot_mail as
select email
from persons
where kind = 'lead' and mailbox_kind = 'business' and scanner_no is null
order by person_id
limit 1;

create or replace table shared_device_users (person_id bigint, named_at timestamp);

set variable hot_day = getvariable('start_at')::date + (getvariable('days') // 12)::integer;
-- mails and visits from then on; messages, robots' visits and what names somebody stay
set variable hot_day_share = 0.65;
