-- The fate of each lead record: who it is, and when it changes.
create or replace table lead_records as
with repeats as (
    select
        record_owners.record_no,
        record_owners.nth,
        persons.*,
        -- What a second record of a person is: merged away later, an unmerged look-alike, another address, a new start.
        case
            when nth = 0 then null
            when nth > 1 then 'merged'
            when uniform(persons.person_id, 'repeat') < 0.45 then 'merged'
            when uniform(persons.person_id, 'repeat') < 0.65 then 'look_alike'
            when uniform(persons.person_id, 'repeat') < 0.80 then 'other_address'
            when persons.buys or persons.height > 0.45 then 'look_alike'
            else 'created_again'
        end as repeat_kind,
        -- Sales takes up who is interested; buyers convert some weeks before they buy, others convert and do not buy.
        case
            when persons.kind <> 'lead' then null
            when persons.buys then greatest(persons.created_day + 1.5, persons.bought_day - 14 - 30 * uniform(persons.person_id, 'cycle'))
            when persons.height > 0.4 and uniform(persons.person_id, 'converts') < 0.5 * persons.fit
                then greatest(persons.created_day + 1.5, persons.peak_day + 3 * uniform(persons.person_id, 'converts on'))
        end as conversion_day
    from record_owners
    inner join persons on record_owners.person_id = persons.person_id
),

placed as (
    select
        *,
        created_day + coalesce(
            sum(case when nth > 0 then 0.02 + 0.3 * uniform(record_no, 'gap') end) over (
                partition by person_id order by nth rows unbounded preceding
            ), 0
        ) * (getvariable('days') - created_day) * 0.5 as record_day,
        max(case when repeat_kind = 'created_again' then 1 else 0 end) over (partition by person_id) = 1 as is_started_again
    from repeats
),

timed as (
    select
        * exclude (created_day, conversion_day),
        record_day as created_day,
        case when repeat_kind = 'merged' then record_day + (getvariable('days') - record_day) * uniform(record_no, 'merged on') * 0.9 end as merged_day,
        case when is_started_again and nth = 0
            then record_day + (lead(record_day) over (partition by person_id order by nth) - record_day) * uniform(record_no, 'deleted on')
        end as deleted_day,
        case when nth = 0 and conversion_day < getvariable('days') then conversion_day end as converted_day
    from placed
),

worked as (
    select
        *,
        case when nth = 0 and (converted_day is not null or uniform(record_no, 'is worked') < 0.15 + height)
            then least(coalesce(converted_day - 0.5, 1e9), created_day + 0.1 + waiting(record_no, 'worked on') * 3)
        end as worked_day,
        case when nth = 0 and converted_day is null and uniform(record_no, 'is turned down') < 0.2
            then created_day + 8 + 30 * uniform(record_no, 'turned down on')
        end as turned_down_day
    from timed
)

select
    * exclude (email, title_rank, need_rank, source_rank),
    case repeat_kind
        when 'look_alike' then pick([upper(email), concat('  ', email), concat(upper(email[1]), email[2:], ' ')], record_no, 'look-alike')
        when 'other_address' then private_email
        else case when uniform(record_no, 'is shouted') < 0.02 then upper(email) else email end
    end as email,
    email as true_email,
    case
        when is_job_seeker then pick(['Student', 'Intern', 'Student Assistant', null], record_no, 'title')
        when uniform(record_no, 'has title') < 0.10 then null
        when title_rank > 0.70 then pick(['Chief Marketing Officer', 'Chief Revenue Officer', 'VP Sales', 'Vice President Marketing', 'CMO', 'CRO', 'Head of Demand Generation', 'Head of Revenue Operations', 'CEO', 'Senior Vice President, Growth'], record_no, 'title')
        when title_rank > 0.58 then pick(['Director of Marketing', 'Marketing Director', 'Director, Sales Operations', 'Senior Director CRM'], record_no, 'title')
        when title_rank > 0.42 then pick(['Marketing Manager', 'Sales Manager', 'CRM Manager', 'Team Lead Inside Sales', 'Campaign manager', 'Sr. Manager, Demand Gen'], record_no, 'title')
        when title_rank > 0.25 then pick(['Marketing Analyst', 'Data Engineer', 'CRM Specialist', 'Email Marketing Specialist', 'Sales Engineer', 'Business analyst'], record_no, 'title')
        else pick(['Consultant', 'Buyer', 'Owner', 'Office Assistant', 'n/a', 'Freelancer', 'Teacher', 'Retired', '-'], record_no, 'title')
    end as title,
    case
        when uniform(record_no, 'has need') < 0.30 then null
        when need_rank > 0.58 then pick(['lead scoring', 'marketing automation', 'Lead Scoring'], record_no, 'need')
        when need_rank > 0.42 then pick(['sales reporting', 'data integration', 'Sales Reporting'], record_no, 'need')
        when need_rank > 0.25 then 'just looking'
        else pick(['price comparison', 'student project', 'other', 'website design', 'unknown'], record_no, 'need')
    end as primary_need,
    case
        when uniform(record_no, 'has source') < 0.05 then null
        when source_rank > 0.66 then pick(['Referral', 'Partner', 'Customer'], record_no, 'source')
        when source_rank > 0.42 then pick(['Demo Request', 'Webinar', 'Organic Search', 'Website', 'website'], record_no, 'source')
        when source_rank > 0.33 then pick(['Trade Show', 'Event'], record_no, 'source')
        when source_rank > 0.20 then pick(['Paid Search', 'Paid Social', 'Advertisement'], record_no, 'source')
        else pick(['Purchased List', 'List Import', 'Purchased List', 'Chatbot', 'Other'], record_no, 'source')
    end as lead_source
from worked;

-- A person's names in the other systems: addresses, record ids, the days from which they hold.
create or replace table person_keys as
with repeats as (
    select
        person_id,
        max(record_no) filter (where nth > 0) as other_record_no,
        max(private_email) filter (where repeat_kind = 'other_address') as other_email,
        min(created_day) filter (where nth > 0) as other_record_day,
        min(converted_day) as converted_day
    from lead_records
    group by person_id
)

select
    persons.*,
    case when persons.kind in ('lead', 'test') then record_id('00Q', persons.person_id) end as lead_id,
    record_id('00Q', repeats.other_record_no) as other_lead_id,
    repeats.other_email,
    repeats.other_record_day,
    repeats.converted_day,
    case when persons.kind = 'contact' or repeats.converted_day is not null
        then record_id('003', persons.person_id)
    end as contact_id
from persons
left join repeats on persons.person_id = repeats.person_id;

create or replace table given_devices as
select person_id * 16 as device_key, next_person_id as to_person_id, gives_device_day as given_day
from persons
where gives_device_day is not null;
