-- What people say beyond the profile: consents, surveys, who sent them, and that they leave again; each when it was told.
create or replace table told_facts as
with people as (
    select lead_records.*, companies.country
    from lead_records
    inner join companies on lead_records.company_id = companies.company_id
    where lead_records.kind = 'lead' and lead_records.nth = 0
),

customers as (
    select
        record_no,
        person_id,
        true_email,
        bought_day,
        bought_day + 3 as code_day,
        concat('KW', 1000 + person_id) as code,
        row_number() over (order by bought_day, person_id) as customer_no,
        case when uniform(person_id, 'cancels') < 0.25 then bought_day + 10 + 80 * uniform(person_id, 'cancels on') end as cancelled_day
    from people
    where buys and bought_day < getvariable('days')
),

-- Some are sent by one of those who are customers by then; a few give a code that is nobody's, or one of their own.
sent as (
    select
        people.*,
        1 + whole(people.record_no, 'referrer', customers.customer_no) as referrer_no,
        uniform(people.record_no, 'referral') as way
    from people
    asof join customers on people.created_day > customers.code_day
    where uniform(people.record_no, 'is referred') < case when lead_source in ('Referral', 'Customer') then 0.5 else 0.02 end
),

referrals as (
    select
        sent.record_no,
        case when way < 0.25 then 'referred_by' else 'referral_code' end as attribute,
        case when way < 0.25 then customers.true_email when way < 0.9 then customers.code when way < 0.95 then 'FRIEND10' else concat('KW', 1000 + sent.person_id) end as value,
        sent.created_day + 0.01 as told_day,
        case when way < 0.9 then customers.person_id end as referrer_id
    from sent
    inner join customers on sent.referrer_no = customers.customer_no
),

consents as (
    select record_no, concat('consent_', channel) as attribute, answer as value, told_day
    from (
        select
            *,
            unnest(['email', 'phone', 'sms', 'wechat']) as channel,
            case when uniform(record_no, concat('consents to ', channel)) < 0.93 then 'yes' else 'no' end as answer,
            greatest(created_day, 0) + 0.005 as told_day
        from people
    ) as asked
    where
        (channel <> 'wechat' or hours_from_utc > 5)
        and uniform(record_no, concat('is asked for ', channel)) < case channel when 'email' then 0.5 when 'wechat' then 0.5 else 0.2 end
),

-- Some take their consent back.
withdrawals as (
    select record_no, attribute, 'withdrawn' as value, told_day + 60 * uniform(record_no, concat(attribute, ' until')) as told_day
    from consents
    where value = 'yes' and uniform(record_no, concat(attribute, ' is withdrawn')) < 0.03
),

facts as (
    select record_no, attribute, value, told_day, referrer_id from referrals
    union all
    select *, null from consents
    union all
    select *, null from withdrawals
    union all
    select record_no, 'wechat_id', opaque('wx_', person_id), greatest(created_day, 0) + 0.005, null
    from people
    where hours_from_utc > 5 and uniform(record_no, 'gives wechat') < 0.5
    union all
    select record_no, 'own_referral_code', code, code_day, null from customers
    union all
    select record_no, 'nps', (case when cancelled_day is null then 5 + whole(person_id, 'nps', 6) else whole(person_id, 'nps', 7) end)::varchar, bought_day + 15 + 30 * uniform(person_id, 'is surveyed on'), null
    from customers
    where uniform(person_id, 'is surveyed') < 0.5
    union all
    select record_no, 'cancellation', pick(['price', 'not used', 'competitor', 'company closed'], person_id, 'cancels for'), cancelled_day, null
    from customers
    where cancelled_day is not null
)

select * from facts
where told_day < getvariable('days');
