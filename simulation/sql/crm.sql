-- The CRM's tables, each row with the moment at which it took this form (known_at); later forms are later extracts.
create or replace macro owner_of(id) as record_id('005', 1 + whole(id, 'owner', getvariable('users')));

create or replace table crm_users as
select
    record_id('005', user_no) as user_id,
    concat(pick(['Alex', 'Bea', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gil', 'Hana'], user_no, 'user first'), ' ', pick(['Stone', 'Reed', 'Lake', 'Hill', 'Marsh', 'Field'], user_no, 'user last'), ' ', user_no) as name,
    concat('user', user_no, '@kestrelworks.example') as email,
    uniform(user_no, 'is active') < 0.92 as is_active,
    pick(['America/New_York', 'Europe/Berlin', 'Europe/London', 'Asia/Singapore'], user_no, 'zone') as time_zone,
    pick(['Americas', 'EMEA', 'APAC'], user_no, 'user region') as region,
    pick(['sales', 'sdr', 'sdr', 'marketing'], user_no, 'team') as team,
    getvariable('start_at') as known_at
from range(1, getvariable('users') + 1) as numbers (user_no);

create or replace table crm_leads as
with opted_out as (
    select person_id, min(opted_out_day) as opted_out_day
    from opt_outs
    group by person_id
),

changes as (
    select
        lead_records.*,
        coalesce(opted_out.opted_out_day + 0.9, case when uniform(record_no, 'asked by phone') < 0.01 then lead_records.created_day + 20 end) as opted_out_day,
        unnest(list_distinct([
            greatest(change_day, 0)
            for change_day in [
                lead_records.created_day, worked_day, turned_down_day, converted_day, merged_day, deleted_day, opted_out_day,
                -- The profile is filled in a little later for some.
                case when uniform(record_no, 'is enriched') < 0.3 then lead_records.created_day + 3 end
            ]
            if change_day is not null and change_day < getvariable('days')
        ])) as version_day
    from lead_records
    left join opted_out on lead_records.person_id = opted_out.person_id and lead_records.nth = 0
)

select
    record_id('00Q', record_no) as lead_id,
    moment_of(changes.created_day) as created_at,
    greatest(created_at, moment_of(version_day)) as updated_at,
    changes.email,
    case when kind = 'test' then pick(['Test', 'asdf', 'Test'], person_id, 'test name') else first_name end as first_name,
    case when kind = 'test' then pick(['Test', 'asdf', 'Testing'], person_id, 'test name') else last_name end as last_name,
    case when uniform(record_no, 'has phone') < 0.55 then phone end as phone,
    case when kind = 'test' then 'Test Company' when uniform(record_no, 'has company') < 0.96 then companies.company end as company,
    case when uniform(record_no, 'has website') < 0.6 then concat('https://www.', domain) end as website,
    changes.title,
    case when uniform(record_no, 'has industry') < 0.8 then industry end as industry,
    case
        when uniform(record_no, 'has revenue') < 0.65
            or uniform(record_no, 'is enriched') < 0.3 and version_day >= changes.created_day + 3 then annual_revenue
    end as annual_revenue,
    case when annual_revenue is not null or uniform(record_no, 'has head count') < 0.4 then employee_count end as employee_count,
    companies.country,
    companies.region,
    lead_source,
    case when uniform(record_no, 'has campaign') < 0.4 then concat('CMP-', lpad((1 + whole(record_no, 'campaign', getvariable('campaigns')))::varchar, 5, '0')) end as campaign_id,
    case
        when version_day >= converted_day then 'Converted'
        when version_day >= turned_down_day then 'Unqualified'
        when version_day >= worked_day then 'Working'
        else 'New'
    end as status,
    owner_of(record_no) as owner_id,
    coalesce(version_day >= opted_out_day, false) as is_opted_out,
    case when version_day >= converted_day then moment_of(converted_day) end as converted_at,
    case when version_day >= converted_day then record_id('003', person_id) end as converted_contact_id,
    case when version_day >= converted_day then record_id('001', changes.company_id) end as converted_account_id,
    case when version_day >= converted_day and (buys or uniform(person_id, 'has opportunity') < 0.8) then record_id('006', person_id) end as converted_opportunity_id,
    case when version_day >= merged_day then record_id('00Q', record_no - 1) end as master_record_id,
    coalesce(version_day >= merged_day, false) or coalesce(version_day >= deleted_day, false) as is_deleted,
    primary_need,
    updated_at as known_at
from changes
inner join companies on changes.company_id = companies.company_id;

create or replace table crm_contacts as
with people as (
    select
        person_keys.*,
        coalesce(converted_day, created_day) as contact_day,
        unnest([contact_day, case when uniform(person_keys.person_id, 'is updated') < 0.2 then contact_day + 15 end]) as version_day
    from person_keys
    where contact_id is not null
)

select
    contact_id,
    record_id('001', people.company_id) as account_id,
    moment_of(contact_day) as created_at,
    moment_of(version_day) as updated_at,
    -- After a conversion some are known by another address.
    case when kind = 'lead' and uniform(person_id, 'changes address') < 0.15 then private_email else people.email end as email,
    first_name,
    last_name,
    phone,
    companies.company,
    concat('https://www.', domain) as website,
    case when title_rank > 0.6 then 'Director of Marketing' when title_rank > 0.35 then 'Marketing Manager' end as title,
    industry,
    annual_revenue,
    employee_count,
    companies.country,
    companies.region,
    'Converted Lead' as lead_source,
    'Active' as status,
    owner_of(person_id) as owner_id,
    false as is_opted_out,
    false as is_deleted,
    updated_at as known_at
from people
inner join companies on people.company_id = companies.company_id
where version_day < getvariable('days');

create or replace table crm_accounts as
with customers as (
    select company_id, min(contact_day) as account_day
    from (
        select company_id, coalesce(converted_day, created_day) as contact_day
        from person_keys
        where contact_id is not null
    ) as contact_days
    group by company_id
),

accounts as (
    select company_id, company_id as account_no, account_day, null as master_account_no
    from customers
    union all
    -- Some companies were entered twice and merged.
    select company_id, getvariable('companies') + company_id, account_day + 1, company_id
    from customers
    where uniform(company_id, 'is entered twice') < 0.03
)

select
    record_id('001', account_no) as account_id,
    case when master_account_no is null then company else concat(company, ' (old)') end as name,
    concat('https://www.', domain) as website,
    industry,
    annual_revenue,
    employee_count,
    country,
    region,
    case when uniform(account_no, 'has parent') < 0.08
        then record_id('001', (select max_by(other.company_id, other.company_id) from customers as other where other.company_id > accounts.company_id and other.company_id <= accounts.company_id + 3))
    end as parent_account_id,
    owner_of(account_no) as owner_id,
    case when uniform(account_no, 'type') < 0.5 then 'Prospect' else 'Customer' end as type,
    moment_of(account_day) as created_at,
    created_at as updated_at,
    record_id('001', master_account_no) as master_record_id,
    master_account_no is not null as is_deleted,
    created_at as known_at
from accounts
inner join companies on accounts.company_id = companies.company_id
where account_day < getvariable('days');

-- Each opportunity walks through the stages until it is won on the day of purchase, or lost.
create or replace table opportunity_steps as
with deals as (
    select
        person_keys.*,
        converted_day as opened_day,
        case when buys then bought_day else converted_day + 10 + 50 * uniform(person_id, 'lost on') end as closing_day,
        case when buys then 5 else 2 + whole(person_id, 'lost at', 3) end as last_step,
        round(companies.annual_revenue * (0.0002 + 0.0008 * uniform(person_id, 'amount')) + 4000, -2) as amount,
        companies.region
    from person_keys
    inner join companies on person_keys.company_id = companies.company_id
    where converted_day is not null and (buys or uniform(person_id, 'has opportunity') < 0.8)
),

steps as (
    select *, unnest(range(1, last_step + 1)) as step
    from deals
)

select
    * exclude (amount),
    record_id('006', person_id) as opportunity_id,
    opened_day + (closing_day - opened_day) * (step - 1) / greatest(1, last_step - 1) as step_day,
    case
        when step = last_step then case when buys then 'Closed Won' else 'Closed Lost' end
        else ['Discovery', 'Demo', 'Proposal', 'Negotiation'][step]
    end as stage,
    case when step = 1 then round(amount * 0.8, -2) else amount end as amount
from steps;

create or replace table crm_opportunities as
select
    opportunity_id,
    record_id('001', company_id) as account_id,
    moment_of(opened_day) as created_at,
    moment_of(step_day) as updated_at,
    amount,
    stage,
    stage = 'Closed Won' as is_won,
    stage like 'Closed%' as is_closed,
    case when is_closed then updated_at end as closed_at,
    case when source_rank > 0.66 then 'Referral' else 'Website' end as lead_source,
    pick(['New Business', 'New Business', 'Expansion'], person_id, 'deal type') as type,
    pick(['Scoring', 'Routing', 'Forecasts'], person_id, 'product line') as product_line,
    pick(['Mid Market', 'Enterprise'], person_id, 'unit') as business_unit,
    region,
    owner_of(person_id) as owner_id,
    case when stage = 'Closed Lost' then pick(['Price', 'No budget', 'Competitor', 'No decision', 'Timing'], person_id, 'loss') end as loss_reason,
    updated_at as known_at
from opportunity_steps
where step_day < getvariable('days');

create or replace table crm_opportunity_history as
select
    opportunity_id,
    stage,
    moment_of(step_day) as changed_at,
    changed_at as known_at,
    amount,
    moment_of(round(closing_day + 10 * uniform(person_id, 'promise'))) as close_date
from opportunity_steps
where step_day < getvariable('days');

create or replace table crm_opportunity_contacts as
with deals as (
    select distinct opportunity_id, person_id, contact_id, company_id, opened_day
    from opportunity_steps
    where opened_day < getvariable('days')
),

colleagues as (
    select company_id, person_id, contact_id, coalesce(converted_day, created_day) as contact_day
    from person_keys
    where contact_id is not null
)

select opportunity_id, contact_id, 'Decision Maker' as role, true as is_primary, moment_of(opened_day) as known_at
from deals
union all
select deals.opportunity_id, colleagues.contact_id, pick(['Influencer', 'Evaluator', 'Economic Buyer'], colleagues.person_id, 'role'), false, moment_of(deals.opened_day + 1)
from deals
inner join colleagues on deals.company_id = colleagues.company_id and deals.person_id <> colleagues.person_id
where
    colleagues.contact_day < deals.opened_day and deals.opened_day + 1 < getvariable('days')
    and uniform(deals.person_id * 67108864 + colleagues.person_id, 'takes part') < 0.3;

create or replace table crm_lead_history as
with statuses as (
    select
        lead_id,
        'status' as field,
        known_at as changed_at,
        lag(status) over (partition by lead_id order by known_at) as old_value,
        status as new_value
    from crm_leads
),

owners as (
    select lead_id, 'owner_id' as field, known_at as changed_at, record_id('005', 1) as old_value, owner_id as new_value
    from crm_leads
    where status = 'Working'
    qualify row_number() over (partition by lead_id order by known_at) = 1
),

-- Before Leadhouse somebody graded by hand: most of those that sales took up, some others, some hours or days before.
graded as (
    select
        record_id('00Q', record_no) as lead_id,
        'lead_grade' as field,
        moment_of(greatest(
            created_day + 0.01,
            coalesce(worked_day - 0.02 - waiting(record_no, 'graded on') * 0.6, created_day + 3 + 20 * uniform(record_no, 'graded on'))
        )) as changed_at,
        null as old_value,
        concat(case when fit > 0.6 then 'A' else 'B' end, case when height > 0.6 then '1' else '2' end) as new_value
    from lead_records
    where
        nth = 0 and kind = 'lead'
        and uniform(record_no, 'is graded') < case when worked_day is not null then 0.85 else 0.6 * height end
)

select *, changed_at as known_at from graded
where changed_at >= getvariable('start_at') and changed_at < getvariable('end_at')
union all
select *, changed_at as known_at from statuses where old_value is distinct from new_value
union all
select *, changed_at from owners where old_value <> new_value;

create or replace table crm_tasks as
with touches as (
    select *, unnest(range(1 + whole(record_no, 'touches', 3) + case when converted_day is not null then 2 else 0 end)) as touch_no
    from lead_records
    where worked_day is not null
),

placed as (
    select
        *,
        record_no * 8 + touch_no as task_no,
        worked_day + touch_no * (0.5 + 2 * uniform(record_no * 8 + touch_no, 'touched on')) as task_day
    from touches
)

select
    record_id('00T', task_no) as task_id,
    case when task_day >= converted_day then null else record_id('00Q', record_no) end as lead_id,
    case when task_day >= converted_day then record_id('003', person_id) end as contact_id,
    pick(['call', 'call', 'email', 'email', 'meeting', 'demo'], task_no, 'task type') as type,
    pick(['connected', 'no answer', 'left voicemail', 'completed', 'wrong number', null], task_no, 'outcome') as outcome,
    owner_of(record_no) as owner_id,
    moment_of(task_day) as created_at,
    moment_of(task_day + 0.02) as completed_at,
    completed_at as known_at
from placed
where task_day + 0.02 < getvariable('days') and task_day >= 0;

create or replace table crm_campaign_members as
with members as (
    select
        lead_records.*,
        unnest(range(whole(record_no, 'memberships', 4))) as nth_campaign,
        record_no * 4 + nth_campaign as member_no,
        greatest(lead_records.created_day, 0) as from_day
    from lead_records
),

placed as (
    select *, from_day + (getvariable('days') - from_day) * uniform(member_no, 'joins on') as member_day
    from members
)

select
    concat(pick(['EVT', 'WEB', 'CMP'], member_no, 'campaign kind'), '-', lpad((1 + whole(member_no, 'campaign', 20) * 5 + nth_campaign)::varchar, 5, '0')) as campaign_id,
    case when converted_day < member_day then null else record_id('00Q', record_no) end as lead_id,
    case when converted_day < member_day then record_id('003', person_id) end as contact_id,
    case
        when uniform(member_no, 'responds') < 0.15 + 0.5 * height then pick(['Responded', 'Registered', 'Attended'], member_no, 'response')
        else 'Sent'
    end as status,
    case when status <> 'Sent' then moment_of(member_day) end as responded_at,
    moment_of(member_day) as known_at
from placed;

create or replace table crm_lead_attributes as
with facts as (
    select lead_records.*, unnest(['primary_need', 'budget', 'timeline', 'tag', 'team_size']) as attribute
    from lead_records
    where kind = 'lead'
),

told as (
    select
        *,
        case attribute
            when 'primary_need' then case when primary_need is null then pick(['lead scoring', 'sales reporting', 'just looking', 'other'], record_no, 'told need') end
            when 'budget' then case when fit > 0.45 then pick(['approved', 'planned'], record_no, 'budget') else pick(['none', 'planned', ''], record_no, 'budget') end
            when 'timeline' then case when height > 0.5 then pick(['this quarter', 'this year'], record_no, 'timeline') else pick(['not decided', 'next year'], record_no, 'timeline') end
            when 'tag' then pick(['newsletter', 'trade show 2026', 'analyst', 'VIP', 'partner lead'], record_no, 'tag')
            else (1 + whole(record_no, 'team size', 200))::varchar
        end as value,
        greatest(created_day, 0) + waiting(record_no, attribute) * 10 as told_day
    from facts
    where uniform(record_no, concat('tells ', attribute)) < case attribute when 'tag' then 0.3 when 'primary_need' then 0.35 else 0.12 end
)

select
    record_id('00Q', record_no) as lead_id,
    attribute,
    value,
    moment_of(told_day) as observed_at,
    observed_at as known_at
from (
    select record_no, attribute, value, told_day from told
    where value is not null and told_day < getvariable('days')
    union all
    select record_no, attribute, value, told_day from told_facts
) as everything;
