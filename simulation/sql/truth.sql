-- What really happened: for tests, never for models.
create or replace view truth_people as
select 'lead' as record_type, record_id('00Q', record_no) as record_id, record_id('P', person_id) as person_id, coalesce(repeat_kind, 'first') as record_kind
from lead_records
union all
select 'contact', contact_id, record_id('P', person_id), 'contact'
from person_keys
where contact_id is not null and coalesce(converted_day, created_day) < getvariable('days');

create or replace view truth_persons as
with lost as (
    select person_id, closing_day as recycled_day
    from opportunity_steps
    where stage = 'Closed Lost' and step_day < getvariable('days')
),

told as (
    select
        record_no as person_id,
        min(told_day) filter (where attribute = 'cancellation') as cancelled_day,
        min(referrer_id) as referrer_id
    from told_facts
    group by record_no
)

select
    record_id('P', persons.person_id) as person_id,
    kind,
    mailbox_kind,
    round(fit, 6) as fit,
    round(height, 6) as intent,
    round(intent_on(getvariable('days'), peak_day, height, rise_days, fade_days), 6) as intent_at_end,
    buys,
    case when buys then moment_of(bought_day) end as bought_at,
    moment_of(peak_day) as peak_at,
    moment_of(created_day) as created_at,
    scanner_no is not null as is_behind_scanner,
    is_apple as uses_mail_privacy,
    is_job_seeker,
    moment_of(recycled_day) as recycled_at,
    moment_of(cancelled_day) as cancelled_at,
    record_id('P', referrer_id) as referred_by
from persons
left join lost on persons.person_id = lost.person_id
left join told on persons.person_id = told.person_id
where kind <> 'visitor';

create or replace view truth_devices as
with owned as (
    select *, unnest(range(device_count)) as slot
    from persons
    where kind <> 'test'
),

held as (
    select person_id * 16 + slot as device_key, person_id, kind, null::double as from_day, case when slot = 0 then gives_device_day end as to_day
    from owned
    union all
    select person_id * 16 + 9, person_id, kind, gives_device_day, null
    from persons
    where gives_device_day is not null
    union all
    select given_devices.device_key, given_devices.to_person_id, 'lead', given_devices.given_day, null
    from given_devices
    union all
    select -3, person_id, 'lead', day_of(named_at), day_of(lead(named_at) over (order by named_at, person_id))
    from shared_device_users
)

select
    opaque('v', device_key) as anonymous_id,
    case when kind <> 'visitor' then record_id('P', person_id) end as person_id,
    moment_of(from_day) as "from",
    moment_of(to_day) as "to"
from held;
