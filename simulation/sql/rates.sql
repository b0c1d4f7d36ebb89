-- How often things must happen so that the events add up to what was asked for: e-mail 46 %, web 51 %, messages 3 %.
-- Sums are of whole numbers: fractions would depend on the order in which threads add them.
create or replace macro visit_weight(day, intent, propensity) as
    (0.02 + 4.0 * intent) * propensity
    * case when isodow(getvariable('start_at')::date + day::integer) > 5 then 0.25 else 1.0 end;

create or replace table rates as
with weights as (
    select (sum(round(1e6 * visit_weight(
        days.day, intent_on(days.day, peak_day, height, rise_days, fade_days), propensity
    ) * (2 + 3 * intent_on(days.day, peak_day, height, rise_days, fade_days)))::bigint) / 1e6)::double as pages_at_rate_one
    from persons
    cross join range(getvariable('days')) as days (day)
    where kind <> 'test' and days.day >= created_day - 45 and person_id % getvariable('sample_every') = 0
),

mailable as (
    select sum(floor(1e3 * greatest(0, getvariable('days') - greatest(mailable_day, 0)))::bigint)::double / 1e3 as mailbox_days
    from mailboxes
),

known as (
    select sum(floor(1e3 * greatest(0, getvariable('days') - greatest(created_day, 0)))::bigint)::double / 1e3 as person_days
    from persons
    where kind in ('lead', 'contact')
),

planned as (
    select getvariable('leads') * getvariable('events_per_lead') as events, mailbox_days, person_days, pages_at_rate_one
    from weights, mailable, known
),

mails as (
    select
        *,
        0.46 * events / 2.7 as mails,
        least(4095, greatest(1, ceil(getvariable('days') / 3.5), ceil(mails / (0.6 * mailbox_days / getvariable('days')))))::bigint as campaigns
    from planned
)

select
    campaigns,
    least(1.0, mails / greatest(1, campaigns * mailbox_days / getvariable('days'))) as audience,
    0.46 * events / greatest(1, getvariable('sample_every') * pages_at_rate_one) as visit_rate,
    0.03 * events / 3.0 / greatest(1, person_days) as message_rate,
    ceil(0.03 * events / getvariable('days'))::bigint as robot_hits_per_day
from mails;
