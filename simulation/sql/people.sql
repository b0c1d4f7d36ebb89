-- Companies, ordered by revenue: the larger the number, the larger the company.
create or replace table companies as
with ranked as (
    select company_id, (company_id - 0.5) / getvariable('companies') as rank
    from range(1, getvariable('companies') + 1) as numbers (company_id)
),

named as (
    select
        *,
        concat(
            pick(['Bright', 'Iron', 'North', 'Silver', 'Blue', 'Green', 'Swift', 'Clear', 'Stone', 'Red', 'Oak', 'Sun', 'Deep', 'High', 'Gold', 'Wind'], company_id, 'name a'),
            pick(['forge', 'vale', 'field', 'bridge', 'harbor', 'works', 'line', 'gate', 'peak', 'grid', 'wave', 'mill', 'port', 'stream', 'ridge', 'point'], company_id, 'name b')
        ) as stem
    from ranked
),

sized as (
    select *, round(pow(10, 5.6 + 3.0 * rank + 0.35 * bell(company_id, 'revenue')), -3) as annual_revenue
    from named
)

select
    company_id,
    case company_id
        when 2 then 'Scorebase'
        when 4 then 'LeadRank'
        when 6 then 'Gradely'
        else concat(stem, ' ', pick(['Inc', 'Ltd', 'GmbH', 'Group', 'Systems', 'Logistics', 'Labs', 'Partners'], company_id, 'name c'))
    end as company,
    concat(lower(stem), company_id, pick(['.example', '.example', '.test'], company_id, 'tld')) as domain,
    annual_revenue,
    greatest(1, round(annual_revenue / (120000 + 90000 * uniform(company_id, 'per head'))))::bigint as employee_count,
    pick(['Software', 'Manufacturing', 'Financial Services', 'Healthcare', 'Retail', 'Logistics', 'Education', 'Media', 'Energy', 'Public Sector'], company_id, 'industry') as industry,
    pick(['US', 'US', 'US', 'US', 'DE', 'GB', 'GB', 'FR', 'NL', 'IN', 'CN', 'BR', 'AU', 'CA', 'JP'], company_id, 'country') as country,
    case
        when country in ('US', 'CA', 'BR') then 'Americas'
        when country in ('DE', 'GB', 'FR', 'NL') then 'EMEA'
        else 'APAC'
    end as region,
    case region when 'Americas' then -5 when 'EMEA' then 1 else 8 end as hours_from_utc,
    case when uniform(company_id, 'is scanned') < 0.12 then 1 + whole(company_id, 'scanner', getvariable('scanners')) end
        as scanner_no
from sized;

-- Lead records in a row belong to one person: nth 0 is the person's first record.
create or replace table record_owners as
with drawn as (
    select record_no, record_no > 1 and uniform(record_no, 'is repeat') < 0.08 as is_repeat
    from range(1, getvariable('leads') + 1) as numbers (record_no)
),

chained as (
    select
        record_no,
        is_repeat or (
            coalesce(lag(is_repeat) over (order by record_no), false)
            and uniform(record_no, 'is chained') < 0.25
        ) as is_repeat
    from drawn
),

owned as (
    select
        record_no,
        max(record_no) filter (where not is_repeat) over (
            order by record_no rows between unbounded preceding and current row
        ) as person_id
    from chained
)

select record_no, person_id, record_no - person_id as nth
from owned;

-- Everybody who does something: people with lead records, people known only as contacts, visitors nobody ever knows.
create or replace table persons as
with everybody as (
    select person_id, case when uniform(person_id, 'is test') < 0.004 then 'test' else 'lead' end as kind
    from record_owners
    where nth = 0
    union all
    select getvariable('leads') + number, 'contact'
    from range(1, getvariable('leads') // 20 + 1) as numbers (number)
    union all
    select 2 * getvariable('leads') + number, 'visitor'
    from range(1, getvariable('leads') // 2 + 1) as numbers (number)
),

fitted as (
    select
        *,
        logistic(1.35 * bell(person_id, 'fit') - 1.1) as fit,
        uniform(person_id, 'is job seeker') < 0.03 as is_job_seeker,
        exp(0.7 * bell(person_id, 'propensity')) as propensity
    from everybody
),

profiled as (
    select
        *,
        -- What a profile shows follows the fit, but not closely: forms are filled in by chance, too.
        0.62 * fit + 0.38 * uniform(person_id, 'title') as title_rank,
        0.62 * fit + 0.38 * uniform(person_id, 'need') as need_rank,
        0.62 * fit + 0.38 * uniform(person_id, 'source') as source_rank,
        -- Who fits works for a larger company, by and large; every company has some people.
        1 + (row_number() over (
            order by 0.47 * fit + 0.28 * uniform(person_id, 'company') + 0.25 * uniform(person_id, 'company b'), person_id
        ) - 1) * getvariable('companies') // count(*) over () as company_id,
        kind = 'lead' and not is_job_seeker
        and uniform(person_id, 'buys') < logistic(-5.4 + 6.0 * fit + 0.9 * bell(person_id, 'luck')) as buys
    from fitted
),

timed as (
    select
        *,
        -- Sales grow; some buy after the end of the history: a good grade should find them before.
        case when buys then 15 + pow(uniform(person_id, 'bought on'), 0.7) * (getvariable('days') + 30) end as bought_day,
        kind <> 'test' and (
            buys or uniform(person_id, 'is curious') < case kind when 'lead' then 0.08 + 0.7 * fit else 0.1 end
        ) as has_episode
    from profiled
),

dated as (
    select
        *,
        case
            when not has_episode then 0
            when buys then 0.65 + 0.35 * uniform(person_id, 'height')
            else 0.15 + (0.3 + 0.7 * fit) * uniform(person_id, 'height')
        end as height,
        case
            when buys then bought_day - 12 * uniform(person_id, 'peak')
            else uniform(person_id, 'peak') * (getvariable('days') + 40) - 10
        end as peak_day,
        10 + 30 * uniform(person_id, 'rise') as rise_days,
        6 + 14 * uniform(person_id, 'fade') as fade_days
    from timed
),

born as (
    select
        *,
        -- People become leads before their interest peaks; half of the idle ones were there when the history begins.
        least(
            getvariable('days') - 0.1 - 40 * uniform(person_id, 'created late'),
            case
                when kind = 'contact' then -400 * uniform(person_id, 'created')
                when has_episode then peak_day - 4 - 80 * pow(uniform(person_id, 'created'), 2)
                else uniform(person_id, 'created') * 2 * getvariable('days') - getvariable('days')
            end
        ) as created_day
    from dated
),

named as (
    select
        *,
        pick(['Anna', 'Ben', 'Carla', 'David', 'Elena', 'Frank', 'Grace', 'Hiro', 'Ines', 'Jonas', 'Kira', 'Liam', 'Mei', 'Noah', 'Olga', 'Paul', 'Qing', 'Rosa', 'Sam', 'Tara', 'Uma', 'Victor', 'Wanda', 'Xavier', 'Yara', 'Zoë', 'José', 'Björn', 'Siobhan', 'Łukasz'], person_id, 'first name') as first_name,
        pick(['Adams', 'Baker', 'Chen', 'Dubois', 'Evans', 'Fischer', 'Garcia', 'Hansen', 'Ito', 'Jansen', 'Kumar', 'Lopez', 'Meyer', 'Novak', 'O''Brien', 'Patel', 'Quinn', 'Rossi', 'Schmidt', 'Tanaka', 'Usman', 'Vogel', 'Wong', 'Young', 'Zhang', 'Müller', 'Nuñez', 'van den Berg', 'Smith', 'Jones'], person_id, 'last name') as last_name,
        case
            when kind = 'contact' then 'business'
            when uniform(person_id, 'mailbox') < 0.70 + 0.25 * fit then 'business'
            when uniform(person_id, 'mailbox b') < 0.78 then 'freemail'
            when uniform(person_id, 'mailbox b') < 0.90 then 'shared'
            else 'disposable'
        end as mailbox_kind
    from born
),

addressed as (
    select
        named.*,
        companies.domain,
        companies.scanner_no,
        companies.hours_from_utc,
        regexp_replace(lower(strip_accents(concat(first_name, '.', last_name))), '[^a-z.]', '', 'g') as local_part,
        row_number() over (
            partition by named.company_id, mailbox_kind, first_name, last_name order by person_id
        ) as namesake_no,
        lead(person_id) over (partition by named.kind order by person_id) as next_person_id
    from named
    inner join companies on named.company_id = companies.company_id
)

select
    person_id,
    kind,
    company_id,
    first_name,
    last_name,
    mailbox_kind,
    case
        when kind = 'visitor' then null
        when kind = 'test' then pick(['test@example.com', 'asdf@asdf.com', 'test@test.com'], person_id, 'test address')
        when mailbox_kind = 'business' and namesake_no = 1 then concat(local_part, '@', domain)
        when mailbox_kind = 'business' then concat(local_part, namesake_no, '@', domain)
        when mailbox_kind = 'shared' then concat(pick(['info', 'sales', 'office', 'contact'], company_id, 'role'), '@', domain)
        when mailbox_kind = 'freemail' then concat(local_part, person_id, '@', pick(['gmail.com', 'gmail.com', 'outlook.com', 'yahoo.com', 'gmx.de', 'qq.com', 'icloud.com'], person_id, 'free domain'))
        else concat(local_part, person_id, '@', pick(['mailinator.com', 'guerrillamail.com', 'yopmail.com'], person_id, 'throw-away domain'))
    end as email,
    concat(local_part, person_id, '@gmail.com') as private_email,
    concat('+', 1 + company_id % 80, ' ', 100 + whole(person_id, 'phone a', 900), ' ', lpad(whole(person_id, 'phone b', 10000000)::varchar, 7, '0')) as phone,
    fit,
    is_job_seeker,
    propensity,
    title_rank,
    need_rank,
    source_rank,
    buys,
    bought_day,
    created_day,
    has_episode,
    height,
    peak_day,
    rise_days,
    fade_days,
    hours_from_utc,
    case when mailbox_kind in ('business', 'shared') then scanner_no end as scanner_no,
    uniform(person_id, 'is apple') < 0.22 as is_apple,
    1 + (uniform(person_id, 'devices') < 0.3)::bigint + (uniform(person_id, 'devices') < 0.06)::bigint as device_count,
    -- A device given to the next person: from that day on it is theirs.
    case
        when kind = 'lead' and uniform(person_id, 'gives device') < 0.03 and next_person_id is not null
            then uniform(person_id, 'gives on') * getvariable('days')
    end as gives_device_day,
    next_person_id
from addressed;
