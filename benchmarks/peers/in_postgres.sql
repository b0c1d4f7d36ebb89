-- The same scores in PostgreSQL 15, set-based. Written by the Leadhouse team as users of PostgreSQL; objections welcome.
-- How it was tuned: see in_postgres.py for the server's settings. Every table is unlogged (no write-ahead log), so that
-- scans run in parallel, and analyzed; raw tables hold only the columns that scores need; patterns meet distinct values;
-- people and pages are numbers; indexes where a join would otherwise read a large table whole.
-- in_postgres.py loads raw_<source>_<table> and the seeds, and writes the as-of time for {as_of}.

-- Values ---------------------------------------------------------------------------------------------------------------

create function read_text(cell text) returns text immutable parallel safe language sql as
$$ select nullif(btrim(cell, E' \t\n\r\u00a0'), '') $$;

create function read_address(cell text) returns text immutable parallel safe language sql as
$$ select case when read_text(cell) ~ '^[^@, ]+@[^@, ]+[.][^@, .]+$' then lower(read_text(cell)) end $$;

-- PostgreSQL 15 cannot try a cast: what is no day of the calendar must be found first
create function read_time(cell text) returns timestamp immutable parallel safe language sql as
$$
select case
    when cell ~ '^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?$'
        then cell::timestamp
    when read_text(cell) ~ (
        '^[12][0-9]{3}-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])'
        '([ T]([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?)?$'
    )
        then case
            when substring(read_text(cell) from '^[0-9]+-[0-9]+-([0-9]+)')::integer <= extract(
                day from make_date(
                    substring(read_text(cell) from '^([0-9]+)')::integer,
                    substring(read_text(cell) from '^[0-9]+-([0-9]+)')::integer, 1
                ) + interval '1 month - 1 day'
            )
                then read_text(cell)::timestamptz at time zone 'UTC'
        end
end
$$;

create function read_number(cell text) returns float8 immutable parallel safe language sql as
$$
select case
    when read_text(cell) ~ '^[-+]?[$€£]? ?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)?([.][0-9]*)?([eE][-+]?[0-9]{1,2})?$'
        and read_text(cell) ~ '[0-9]'
        then translate(read_text(cell), ',$€£ ', '')::float8
end
$$;

create function plain_number(cell text) returns float8 immutable parallel safe language sql as
$$ select case when cell ~ '^ *[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,2})? *$' then cell::float8 end $$;

create function read_flag(cell text) returns boolean immutable parallel safe language sql as
$$
select case
    when lower(read_text(cell)) in ('true', 't', 'yes', 'y', '1') then true
    when lower(read_text(cell)) in ('false', 'f', 'no', 'n', '0') then false
end
$$;

create function page(url text) returns text immutable parallel safe language sql as
$$ select lower(split_part(split_part(url, '?', 1), '#', 1)) $$;

-- halves away from zero, as whole millionths
create function millionths(value float8) returns bigint immutable parallel safe language sql as
$$ select (sign(value) * floor(abs(value) * 1e6 + 0.5))::bigint $$;

-- Seeds ----------------------------------------------------------------------------------------------------------------

create unlogged table models as
select
    scoring_model, profile_weight::numeric, profile_floor::numeric(18, 4), profile_cap::numeric(18, 4),
    engagement_floor::numeric(18, 4), engagement_cap::numeric(18, 4)
from scoring_models where is_active::boolean;

create unlogged table criteria as
select
    scoring_model, dimension, criterion, shape, max_points::numeric(18, 4) as max_points, min_points::numeric(18, 4) as min_points
from scoring_criteria
where scoring_model in (select scoring_model from models);

create unlogged table ranked_profile_rules as
select
    row_number() over (order by rules.scoring_model, rules.criterion, percent::numeric desc, rule_id)::integer as rank,
    rules.scoring_model, rules.criterion, rule_id, attribute, operator, value, range_from::float8, range_to::float8,
    percent::numeric, is_disqualifying::boolean, round(max_points * percent::numeric / 100, 4) as points
from profile_rules as rules
inner join criteria on rules.scoring_model = criteria.scoring_model and rules.criterion = criteria.criterion
where criteria.dimension = 'profile';

create unlogged table ranked_band_rules as
select
    row_number() over (order by rules.scoring_model, rules.criterion, percent::numeric desc, rule_id)::integer as rank,
    rules.scoring_model, rules.criterion, rule_id, activity_type, topic, channel, at_least::bigint, within_days::integer,
    round(max_points * percent::numeric / 100, 4) as points
from engagement_band_rules as rules
inner join criteria on rules.scoring_model = criteria.scoring_model and rules.criterion = criteria.criterion
where criteria.shape = 'bands';

create unlogged table decay_rules as
select
    row_number() over ()::smallint as rule_no, rules.scoring_model, rules.criterion, rule_id, activity_type, topic, channel,
    points::float8, decay, decay_days::float8, cap_per_day::float8, cap_per_rule::numeric(18, 4)
from engagement_decay_rules as rules
inner join criteria on rules.scoring_model = criteria.scoring_model and rules.criterion = criteria.criterion
where criteria.shape = 'decay';

create unlogged table enabled_bot_rules as
select
    rule, taints_address::boolean, url_pattern, threshold_seconds::integer, threshold_count::integer
from bot_rules where is_enabled::boolean;

create unlogged table engaging_types as
select
    source, event_type, activity_type,
    case when quantity_column = 'dwell_seconds' then quantity_divisor::float8 end as quantity_divisor,
    quantity_cap::float8 as quantity_cap
from event_types where is_engagement::boolean;

-- People ---------------------------------------------------------------------------------------------------------------

create view limits as
select source, earliest_at::timestamp as earliest, make_interval(hours => hours_ahead::integer) as ahead from row_limits;

create unlogged table lead_rows as
with dated as (
    select
        raw.*, limits.earliest, limits.ahead,
        case when read_time(loaded_at) >= limits.earliest then read_time(loaded_at) else landed_at end as arrived_at
    from raw_crm_leads as raw
    inner join limits on limits.source = 'crm'
),
typed as (
    select
        read_text(lead_id) as record_id, file_no, row_no, arrived_at, earliest,
        case when read_time(created_at) between earliest and arrived_at + ahead then read_time(created_at) end as created_at,
        case when read_time(updated_at) between earliest and arrived_at + ahead then read_time(updated_at) end as updated_at,
        read_text(master_record_id) as master_record_id, read_text(converted_contact_id) as converted_contact_id,
        read_flag(is_deleted) as is_deleted, read_address(email) as email, read_text(phone) as phone,
        read_text(company) as company, read_text(website) as website, read_text(title) as title,
        read_text(industry) as industry, read_number(annual_revenue) as annual_revenue,
        case when read_number(employee_count) = floor(read_number(employee_count)) then read_number(employee_count) end
            as employee_count,
        read_text(country) as country, read_text(region) as region, read_text(lead_source) as lead_source,
        read_text(campaign_id) as campaign_id, read_text(status) as status, read_text(extra_columns) as extra_columns
    from dated
)
select * from typed where record_id is not null and created_at is not null;

create unlogged table contact_rows as
with dated as (
    select
        raw.*, limits.earliest, limits.ahead,
        case when read_time(loaded_at) >= limits.earliest then read_time(loaded_at) else landed_at end as arrived_at
    from raw_crm_contacts as raw
    inner join limits on limits.source = 'crm'
),
typed as (
    select
        read_text(contact_id) as record_id, file_no, row_no, arrived_at, earliest,
        case when read_time(created_at) between earliest and arrived_at + ahead then read_time(created_at) end as created_at,
        case when read_time(updated_at) between earliest and arrived_at + ahead then read_time(updated_at) end as updated_at,
        read_text(account_id) as account_id, read_text(master_record_id) as master_record_id,
        read_flag(is_deleted) as is_deleted, read_address(email) as email, read_text(phone) as phone,
        read_text(company) as company, read_text(website) as website, read_text(title) as title,
        read_text(industry) as industry, read_number(annual_revenue) as annual_revenue,
        case when read_number(employee_count) = floor(read_number(employee_count)) then read_number(employee_count) end
            as employee_count,
        read_text(country) as country, read_text(region) as region, read_text(lead_source) as lead_source,
        read_text(campaign_id) as campaign_id, read_text(status) as status
    from dated
)
select * from typed where record_id is not null and created_at is not null;

create unlogged table account_rows as
with dated as (
    select
        raw.*, limits.earliest, limits.ahead,
        case when read_time(loaded_at) >= limits.earliest then read_time(loaded_at) else landed_at end as arrived_at
    from raw_crm_accounts as raw
    inner join limits on limits.source = 'crm'
),
typed as (
    select
        read_text(account_id) as record_id, file_no, row_no, arrived_at, earliest,
        case when read_time(created_at) between earliest and arrived_at + ahead then read_time(created_at) end as created_at,
        case when read_time(updated_at) between earliest and arrived_at + ahead then read_time(updated_at) end as updated_at,
        read_text(name) as name, read_text(website) as website, read_text(industry) as industry,
        read_number(annual_revenue) as annual_revenue,
        case when read_number(employee_count) = floor(read_number(employee_count)) then read_number(employee_count) end
            as employee_count,
        read_text(country) as country, read_text(region) as region
    from dated
)
select * from typed where record_id is not null;

create unlogged table record_versions as
with dated as (
    select
        record_type, record_id, file_no, row_no, arrived_at, earliest,
        coalesce(
            updated_at,
            case when max(updated_at) over record is null then arrived_at else created_at end,
            arrived_at
        ) as version_at,
        min(created_at) over record as first_created_at
    from (
        select 'lead' as record_type, record_id, file_no, row_no, arrived_at, earliest, created_at, updated_at from lead_rows
        union all
        select 'contact', record_id, file_no, row_no, arrived_at, earliest, created_at, updated_at from contact_rows
        union all
        select 'account', record_id, file_no, row_no, arrived_at, earliest, created_at, updated_at from account_rows
    ) as all_rows
    window record as (partition by record_type, record_id)
),
latest as (
    select distinct on (record_type, record_id, version_at) *
    from dated
    order by record_type, record_id, version_at, arrived_at desc, file_no desc, row_no desc
),
bounded as (
    select
        record_type, record_id, file_no, row_no,
        case
            when lag(version_at) over versions is not null then version_at
            else least(version_at, coalesce(first_created_at, earliest))
        end as valid_from,
        lead(version_at) over versions as valid_to
    from latest
    window versions as (partition by record_type, record_id order by version_at)
)
select
    *, valid_from <= {as_of} and (valid_to is null or valid_to > {as_of}) as is_valid
from bounded;
analyze record_versions;

create unlogged table records as
select
    'lead:' || record_id as record_key, 'lead' as record_type, record_id, created_at, updated_at, master_record_id,
    converted_contact_id, is_deleted, email, phone, company, website, title, industry, annual_revenue, employee_count,
    country, region, lead_source, campaign_id, status, extra_columns
from lead_rows
inner join record_versions as versions using (record_id, file_no, row_no)
where versions.record_type = 'lead' and versions.is_valid
union all
select
    'contact:' || contacts.record_id, 'contact', contacts.record_id, contacts.created_at, contacts.updated_at,
    contacts.master_record_id, null, contacts.is_deleted, contacts.email, contacts.phone,
    coalesce(contacts.company, accounts.name), coalesce(contacts.website, accounts.website), contacts.title,
    coalesce(contacts.industry, accounts.industry), coalesce(contacts.annual_revenue, accounts.annual_revenue),
    coalesce(contacts.employee_count, accounts.employee_count), coalesce(contacts.country, accounts.country),
    coalesce(contacts.region, accounts.region), contacts.lead_source, contacts.campaign_id, contacts.status, null
from contact_rows as contacts
inner join record_versions as versions using (record_id, file_no, row_no)
left join (
    select account_rows.*
    from account_rows
    inner join record_versions as account_versions using (record_id, file_no, row_no)
    where account_versions.record_type = 'account' and account_versions.is_valid
) as accounts on contacts.account_id = accounts.record_id
where versions.record_type = 'contact' and versions.is_valid;
create index on records (record_key);
analyze records;

create unlogged table holders as
select distinct record_type || ':' || record_id as record_key, email
from (
    select versions.record_type, record_id, email
    from lead_rows
    inner join record_versions as versions using (record_id, file_no, row_no)
    where versions.record_type = 'lead' and valid_from <= {as_of}
    union all
    select versions.record_type, record_id, email
    from contact_rows
    inner join record_versions as versions using (record_id, file_no, row_no)
    where versions.record_type = 'contact' and valid_from <= {as_of}
) as held
where email is not null;
analyze holders;

create unlogged table edges as
with named as (
    select record_key, record_type || ':' || master_record_id as other_key from records where master_record_id is not null
    union
    select record_key, 'contact:' || converted_contact_id from records where converted_contact_id is not null
    union
    select record_type || ':' || record_id, same_as_record_type || ':' || same_as_record_id
    from manual_merges where merged_at is null or merged_at::timestamp <= {as_of}
    union
    select record_key, first_key
    from (
        select record_key, min(record_key) over (partition by email) as first_key
        from holders
        where split_part(email, '@', 1) not in (select local_part from shared_mailboxes)
    ) as same_address
    where record_key <> first_key
),
known as (
    select named.*
    from named
    inner join records on named.record_key = records.record_key
    inner join records as others on named.other_key = others.record_key
)
select record_key as from_key, other_key as to_key from known
union
select other_key, record_key from known;
create index on edges (from_key);
analyze edges;

create unlogged table person_records as
with recursive reached as (
    select distinct from_key as record_key, from_key as person_key from edges
    union
    select edges.to_key, reached.person_key
    from reached
    inner join edges on reached.record_key = edges.from_key and reached.person_key < edges.to_key
),
persons as (
    select record_key, min(person_key) as person_key from reached group by record_key
),
keyed as (
    select
        records.*, coalesce(persons.person_key, records.record_key) as person_key,
        not coalesce(is_deleted, false) and master_record_id is null as is_live
    from records
    left join persons using (record_key)
)
select
    *,
    first_value(case when record_type = 'lead' then record_id else record_key end) over (
        partition by person_key order by record_type desc, is_live desc, created_at, record_id
    ) as lead_id,
    row_number() over (
        partition by person_key
        order by is_live desc, record_type, updated_at desc nulls last, created_at desc nulls last, record_id
    ) as value_rank
from keyed;
analyze person_records;

create unlogged table leads as
select row_number() over (order by lead_id)::integer as lead_no, merged.*
from (
    select
        lead_id, min(created_at)::date as created_on,
        (array_agg(email order by value_rank) filter (where email is not null))[1] as email,
        (array_agg(phone order by value_rank) filter (where phone is not null))[1] as phone,
        (array_agg(company order by value_rank) filter (where company is not null))[1] as company,
        (array_agg(website order by value_rank) filter (where website is not null))[1] as website,
        (array_agg(title order by value_rank) filter (where title is not null))[1] as title,
        (array_agg(industry order by value_rank) filter (where industry is not null))[1] as industry,
        (array_agg(annual_revenue order by value_rank) filter (where annual_revenue is not null))[1] as annual_revenue,
        (array_agg(employee_count order by value_rank) filter (where employee_count is not null))[1] as employee_count,
        (array_agg(country order by value_rank) filter (where country is not null))[1] as country,
        (array_agg(region order by value_rank) filter (where region is not null))[1] as region,
        (array_agg(lead_source order by value_rank) filter (where lead_source is not null))[1] as lead_source,
        (array_agg(campaign_id order by value_rank) filter (where campaign_id is not null))[1] as campaign_id,
        (array_agg(status order by value_rank) filter (where status is not null))[1] as status
    from person_records
    group by lead_id
) as merged;
analyze leads;

-- an address that several people hold speaks for none of them
create unlogged table addresses as
select holders.email as identifier, min(leads.lead_no) as lead_no
from holders
inner join person_records using (record_key)
inner join leads using (lead_id)
group by holders.email
having min(leads.lead_no) = max(leads.lead_no);
analyze addresses;

-- an id that a lead and a contact share names neither
create unlogged table identifiers as
select identifier, min(lead_no) as lead_no
from (
    select identifier, lead_no from addresses
    union all
    select record_id, leads.lead_no from person_records inner join leads using (lead_id)
) as all_identifiers
group by identifier
having min(lead_no) = max(lead_no);
analyze identifiers;

-- Profile --------------------------------------------------------------------------------------------------------------

create unlogged table attribute_values as
with looked_at as (
    select distinct attribute from ranked_profile_rules
),
fields as (
    select lead_no, field.attribute, field.value
    from leads
    left join mail_domains on split_part(email, '@', 2) = mail_domains.domain
    cross join lateral (
        values
            ('email', email), ('phone', phone), ('company', company), ('website', website), ('title', title),
            ('industry', industry), ('annual_revenue', annual_revenue::text), ('employee_count', employee_count::text),
            ('country', country), ('region', region), ('lead_source', lead_source), ('campaign_id', campaign_id),
            ('status', status),
            ('email_domain_kind', case when email is not null then coalesce(mail_domains.kind, 'business') end)
    ) as field (attribute, value)
    where field.attribute in (select attribute from looked_at)
),
extra as (
    select distinct on (lead_id, key) lead_id, key as attribute, read_text(entries.value) as value
    from person_records
    cross join lateral jsonb_each_text(extra_columns::jsonb) as entries
    where record_type = 'lead' and extra_columns is not null and read_text(entries.value) is not null
        and key in (select attribute from looked_at)
    order by lead_id, key, value_rank
),
observed as (
    select person_records.lead_id, read_text(attribute) as attribute, read_text(value) as value
    from (
        select
            raw.*, limits.earliest,
            case when read_time(loaded_at) >= limits.earliest then read_time(loaded_at) else landed_at end + limits.ahead as latest
        from raw_crm_lead_attributes as raw
        inner join limits on limits.source = 'crm'
    ) as facts
    inner join person_records on read_text(facts.lead_id) = person_records.record_id and record_type = 'lead'
    where read_text(attribute) in (select attribute from looked_at)
        and coalesce(
            case when read_time(observed_at) between earliest and latest then read_time(observed_at) end <= {as_of}, true
        )
)
select lead_no, attribute, value from fields where btrim(value, ' ') <> ''
union
select lead_no, attribute, value
from (select * from extra union all select * from observed) as told
inner join leads using (lead_id)
where btrim(value, ' ') <> '';
create index on attribute_values (attribute, value);
analyze attribute_values;

create unlogged table profile_matches as
with distinct_values as (
    select distinct attribute, value, lower(btrim(value, ' ')) as compared, plain_number(value) as number from attribute_values
),
wanted as (
    select rank, attribute, operator, lower(btrim(value, ' ')) as wanted from ranked_profile_rules where operator = 'equals'
    union all
    select rank, attribute, operator, lower(btrim(part, ' '))
    from ranked_profile_rules
    cross join lateral unnest(string_to_array(value, '|')) as parts (part)
    where operator in ('in', 'like')
),
value_matches as (
    select rank, attribute, value
    from distinct_values inner join wanted using (attribute)
    where (operator = 'like' and compared like wanted) or (operator <> 'like' and compared = wanted)
    union
    select rank, attribute, distinct_values.value
    from distinct_values inner join ranked_profile_rules using (attribute)
    where operator = 'known'
        or (
            operator = 'between' and abs(number) < 'infinity'
            and (range_from is null or number >= range_from) and (range_to is null or number < range_to)
        )
)
select distinct lead_no, rank from attribute_values inner join value_matches using (attribute, value)
union all
select lead_no, rank
from leads
cross join ranked_profile_rules as rules
where rules.operator = 'unknown'
    and not exists (
        select from attribute_values
        where attribute_values.lead_no = leads.lead_no and attribute_values.attribute = rules.attribute
    );
analyze profile_matches;

create unlogged table contributions as
with best as (
    select lead_no, scoring_model, criterion, min(rank) as rank
    from profile_matches inner join ranked_profile_rules using (rank)
    where percent >= 0
    group by lead_no, scoring_model, criterion
),
known as (
    select distinct lead_no, scoring_model, criterion
    from attribute_values
    inner join (select distinct scoring_model, criterion, attribute from ranked_profile_rules) as looked_at using (attribute)
)
select
    leads.lead_no, criteria.scoring_model, 'profile'::text as dimension, criteria.criterion,
    coalesce(rules.rule_id, case when known.lead_no is null then 'unknown' else 'no_match' end) as rule_id,
    coalesce(rules.points, 0)::numeric(18, 4) as points
from leads
cross join criteria
left join best using (lead_no, scoring_model, criterion)
left join known using (lead_no, scoring_model, criterion)
left join ranked_profile_rules as rules on best.rank = rules.rank
where criteria.dimension = 'profile'
union all
select lead_no, scoring_model, 'profile', criterion, rule_id, points
from profile_matches inner join ranked_profile_rules using (rank)
where percent < 0;

-- Events: sound rows, each id once -------------------------------------------------------------------------------------

create unlogged table web_events as
with typed as (
    select
        file_id, row_no, read_text(event_id) as event_id, arrived_at, event_type, device, url, dwell_seconds, user_id, email,
        case when happened_at between earliest and arrived_at + ahead then happened_at end as happened_at, user_agent, ip
    from (
        select
            file_id, row_no, event_id, read_text(event_type) as event_type, read_text(anonymous_id) as device,
            read_text(url) as url, coalesce(dwell_seconds, read_number(dwell_text)) as dwell_seconds,
            read_text(user_id) as user_id, read_address(email) as email, read_text(user_agent) as user_agent,
            read_text(ip) as ip, coalesce(occurred_at, read_time(occurred_text)) as happened_at, limits.earliest, limits.ahead,
            case
                when coalesce(loaded_at, read_time(loaded_text)) >= limits.earliest then coalesce(loaded_at, read_time(loaded_text))
                else landed_at
            end as arrived_at
        from raw_web_events
        inner join limits on limits.source = 'web'
    ) as dated
)
select * from typed
where event_id is not null and happened_at is not null and device is not null and event_type is not null;
drop table raw_web_events;

create unlogged table email_events as
with typed as (
    select
        file_id, row_no, read_text(event_id) as event_id, arrived_at, event_type, recipient, message_id, url, http_method,
        case when happened_at between earliest and arrived_at + ahead then happened_at end as happened_at, user_agent, ip
    from (
        select
            file_id, row_no, event_id, read_text(event_type) as event_type, read_address(recipient) as recipient,
            read_text(message_id) as message_id, read_text(url) as url, read_text(user_agent) as user_agent,
            read_text(ip) as ip, read_text(http_method) as http_method,
            coalesce(occurred_at, read_time(occurred_text)) as happened_at, limits.earliest, limits.ahead,
            case
                when coalesce(loaded_at, read_time(loaded_text)) >= limits.earliest then coalesce(loaded_at, read_time(loaded_text))
                else landed_at
            end as arrived_at
        from raw_email_events
        inner join limits on limits.source = 'email'
    ) as dated
)
select * from typed
where event_id is not null and happened_at is not null and recipient is not null and event_type is not null;
drop table raw_email_events;

create unlogged table messaging_events as
with typed as (
    select
        file_id, row_no, read_text(event_id) as event_id, arrived_at, event_type, recipient, channel, url,
        case when happened_at between earliest and arrived_at + ahead then happened_at end as happened_at
    from (
        select
            file_id, row_no, event_id, read_text(event_type) as event_type, read_text(recipient) as recipient,
            read_text(channel) as channel, read_text(url) as url,
            coalesce(occurred_at, read_time(occurred_text)) as happened_at, limits.earliest, limits.ahead,
            case
                when coalesce(loaded_at, read_time(loaded_text)) >= limits.earliest then coalesce(loaded_at, read_time(loaded_text))
                else landed_at
            end as arrived_at
        from raw_messaging_events
        inner join limits on limits.source = 'messaging'
    ) as dated
)
select * from typed
where event_id is not null and happened_at is not null and recipient is not null and channel is not null
    and event_type is not null;
drop table raw_messaging_events;

analyze web_events;
analyze email_events;
analyze messaging_events;

-- of one id all but the first that arrived
create unlogged table web_surplus as
select file_id, row_no
from (
    select file_id, row_no, row_number() over (partition by event_id order by arrived_at, file_id, row_no) as place
    from web_events
    where event_id in (select event_id from web_events group by event_id having count(*) > 1)
) as repeated
where place > 1;

create unlogged table email_surplus as
select file_id, row_no
from (
    select file_id, row_no, row_number() over (partition by event_id order by arrived_at, file_id, row_no) as place
    from email_events
    where event_id in (select event_id from email_events group by event_id having count(*) > 1)
) as repeated
where place > 1;

create unlogged table messaging_surplus as
select file_id, row_no
from (
    select file_id, row_no, row_number() over (partition by event_id order by arrived_at, file_id, row_no) as place
    from messaging_events
    where event_id in (select event_id from messaging_events group by event_id having count(*) > 1)
) as repeated
where place > 1;

-- Whose a device is ----------------------------------------------------------------------------------------------------

create unlogged table device_periods as
with identified as (
    select device, happened_at, min(coalesce(by_email.lead_no, by_user_id.lead_no)) as lead_no
    from web_events
    left join identifiers as by_email on web_events.email = by_email.identifier
    left join identifiers as by_user_id on web_events.user_id = by_user_id.identifier
    where (user_id is not null or email is not null) and happened_at <= {as_of}
        and coalesce(by_email.lead_no, by_user_id.lead_no) is not null
        and not exists (
            select from web_surplus
            where web_surplus.file_id = web_events.file_id and web_surplus.row_no = web_events.row_no
        )
    group by device, happened_at
),
numbered as (
    select *, lag(lead_no) over (partition by device order by happened_at) as previous_lead_no from identified
)
select
    device, lead_no,
    case when previous_lead_no is null then '-infinity'::timestamp else happened_at end as valid_from,
    coalesce(lead(happened_at) over (partition by device order by happened_at), 'infinity'::timestamp) as valid_to
from numbered
where previous_lead_no is null or previous_lead_no <> lead_no;
create index on device_periods (device);
analyze device_periods;

-- Robots ---------------------------------------------------------------------------------------------------------------

create unlogged table robot_agents as
select user_agent
from (select distinct user_agent from web_events union select distinct user_agent from email_events) as seen
where exists (select from bot_user_agents where lower(user_agent) like user_agent_pattern)
    and exists (select from enabled_bot_rules where rule = 'user_agent');

create unlogged table robot_addresses as
select ip
from (select distinct ip from web_events union select distinct ip from email_events) as seen
where exists (select from bot_networks where ip like address_pattern)
    and exists (select from enabled_bot_rules where rule = 'network');
analyze robot_agents;
analyze robot_addresses;

create unlogged table email_actions as
select
    row_number() over () as action_no, recipient, message_id, event_type, url, ip, happened_at::date as day,
    floor(extract(epoch from happened_at))::bigint as second,
    event_type in ('opened', 'clicked', 'unsubscribed') as is_judged,
    coalesce(upper(http_method) = 'HEAD', false) as is_head_request,
    user_agent in (select user_agent from robot_agents) is true or ip in (select ip from robot_addresses) is true
    or (
        event_type = 'opened'
        and exists (
            select from privacy_proxies
            where lower(email_events.user_agent) = privacy_proxies.user_agent and email_events.ip like address_pattern
        )
        and exists (select from enabled_bot_rules where rule = 'privacy_open')
    ) as is_robot
from email_events
where (
        event_type in ('opened', 'clicked', 'unsubscribed')
        or event_type in (select event_type from engaging_types where source = 'email')
    )
    and happened_at <= {as_of}
    and not exists (
        select from email_surplus
        where email_surplus.file_id = email_events.file_id and email_surplus.row_no = email_events.row_no
    );
analyze email_actions;

create unlogged table email_visits as
select action_no, recipient, message_id, ip, second, coalesce(page(url), event_type) as link
from email_actions
where event_type in ('clicked', 'unsubscribed');
create index on email_visits (recipient, message_id);
analyze email_visits;

create unlogged table visit_verdicts as
with deliveries as (
    select
        recipient, message_id,
        coalesce(
            min(floor(extract(epoch from happened_at))::bigint) filter (where event_type = 'delivered'),
            min(floor(extract(epoch from happened_at))::bigint)
        ) as delivered
    from email_events
    where event_type in ('sent', 'delivered') and happened_at <= {as_of}
        and (recipient, message_id) in (select recipient, message_id from email_visits)
        and not exists (
            select from email_surplus
            where email_surplus.file_id = email_events.file_id and email_surplus.row_no = email_events.row_no
        )
    group by recipient, message_id
),
burst as (
    select * from enabled_bot_rules where rule = 'link_burst'
),
-- a burst needs as many visits of one mail as it has links
busy as materialized (
    select counted.*
    from (
        select *, count(*) over (partition by recipient, message_id) as visits from email_visits where message_id is not null
    ) as counted
    inner join burst on counted.visits >= burst.threshold_count
),
neighbours as (
    select busy.action_no, count(distinct others.link) as links
    from busy
    cross join burst
    inner join busy as others on busy.recipient = others.recipient and busy.message_id = others.message_id
    where abs(busy.second - others.second) <= burst.threshold_seconds
    group by busy.action_no
),
signals as (
    select action_no, ip, second, taints_address
    from email_visits
    inner join enabled_bot_rules on rule = 'honeypot_link' and link like enabled_bot_rules.url_pattern
    union all
    select action_no, visits.ip, visits.second, taints_address
    from email_visits as visits
    left join neighbours using (action_no)
    inner join burst on coalesce(neighbours.links, 1) >= threshold_count
    union all
    select action_no, visits.ip, visits.second, taints_address
    from email_visits as visits
    inner join deliveries using (recipient, message_id)
    inner join enabled_bot_rules on rule = 'too_fast' and visits.second - delivered < threshold_seconds
    union all
    select action_no, ip, second, taints_address
    from email_actions
    inner join enabled_bot_rules on rule = 'head_request'
    where is_head_request and is_judged
)
select action_no, min(ip) as ip, min(second) as second, bool_or(taints_address) as is_tainting
from signals
group by action_no;
create index on visit_verdicts (action_no);
analyze visit_verdicts;

-- when an address is tainted, in seconds; spans of one address do not overlap
create unlogged table tainted_spans as
with marks as (
    select distinct ip, second - threshold_seconds as from_second, second + threshold_seconds as to_second
    from visit_verdicts
    inner join enabled_bot_rules on rule = 'tainted_address'
    where is_tainting and ip is not null
),
numbered as (
    select *, sum(starts) over (partition by ip order by from_second) as no
    from (
        select
            *, case when from_second <= lag(to_second) over (partition by ip order by from_second) then 0 else 1 end as starts
        from marks
    ) as marked
)
select ip, min(from_second) as from_second, max(to_second) as to_second
from numbered
group by ip, no;
create index on tainted_spans (ip, from_second);
analyze tainted_spans;

-- What a person did on a day -------------------------------------------------------------------------------------------

create unlogged table pages as
with seen as (
    select distinct 'web' as source, 'web' as channel, event_type, url from web_events
    union all
    select distinct 'email', 'email', event_type, url from email_actions
    union all
    select distinct 'messaging', channel, event_type, url from messaging_events
),
topics as (
    select distinct on (url) url, topic
    from (select distinct url, page(url) as page from seen) as urls
    inner join content_topics on page like url_pattern
    order by url, priority::integer
)
select
    source, channel, event_type, coalesce(url, '') as url,
    dense_rank() over (order by channel, activity_type, coalesce(topic, 'other'))::smallint as kind,
    activity_type, coalesce(topic, 'other') as topic, quantity_divisor, quantity_cap
from seen
inner join engaging_types using (source, event_type)
left join topics using (url);
create index on pages (source, event_type, url);
analyze pages;

create unlogged table kinds as
select distinct kind, channel, activity_type, topic from pages;

create unlogged table daily as
select
    lead_no, happened_at::date as day, kind, count(*) as events,
    sum(case
        when quantity_divisor is not null and dwell_seconds is not null
            then floor(least(dwell_seconds / quantity_divisor, quantity_cap) * 10000 + 0.5 + 1e-9)::bigint
        else 10000
    end) / 10000.0 as quantity
from web_events
inner join pages
    on pages.source = 'web' and web_events.event_type = pages.event_type and coalesce(web_events.url, '') = pages.url
inner join device_periods as periods
    on web_events.device = periods.device and happened_at >= periods.valid_from and happened_at < periods.valid_to
where happened_at <= {as_of}
    and not exists (select from robot_agents where robot_agents.user_agent = web_events.user_agent)
    and not exists (select from robot_addresses where robot_addresses.ip = web_events.ip)
    and not exists (
        select from web_surplus
        where web_surplus.file_id = web_events.file_id and web_surplus.row_no = web_events.row_no
    )
    and not exists (
        select from tainted_spans as spans
        where web_events.ip = spans.ip
            and floor(extract(epoch from happened_at))::bigint between spans.from_second and spans.to_second
    )
group by lead_no, happened_at::date, kind;

insert into daily
select lead_no, day, kind, count(*), count(*)
from email_actions
inner join addresses on email_actions.recipient = addresses.identifier
inner join pages
    on pages.source = 'email' and email_actions.event_type = pages.event_type
        and coalesce(email_actions.url, '') = pages.url
where not (is_judged and is_robot)
    and not exists (select from visit_verdicts where visit_verdicts.action_no = email_actions.action_no)
    and not (
        is_judged and exists (
            select from tainted_spans as spans
            where email_actions.ip = spans.ip and second between spans.from_second and spans.to_second
        )
    )
group by lead_no, day, kind
union all
select lead_no, happened_at::date, kind, count(*), count(*)
from messaging_events
inner join identifiers on messaging_events.recipient = identifiers.identifier
inner join pages
    on pages.source = 'messaging' and messaging_events.channel = pages.channel
        and messaging_events.event_type = pages.event_type and coalesce(messaging_events.url, '') = pages.url
where happened_at <= {as_of}
    and not exists (
        select from messaging_surplus
        where messaging_surplus.file_id = messaging_events.file_id and messaging_surplus.row_no = messaging_events.row_no
    )
group by lead_no, happened_at::date, kind;
analyze daily;

-- Engagement -----------------------------------------------------------------------------------------------------------

insert into contributions
with counted as (
    select lead_no, rules.rank, sum(events) as events
    from daily
    inner join kinds using (kind)
    inner join ranked_band_rules as rules
        on kinds.activity_type = rules.activity_type
            and (rules.topic is null or kinds.topic = rules.topic)
            and (rules.channel is null or kinds.channel = rules.channel)
    where {as_of}::date - day < within_days
    group by lead_no, rules.rank
),
best as (
    select lead_no, scoring_model, criterion, min(rank) as rank
    from counted inner join ranked_band_rules using (rank)
    where events >= at_least
    group by lead_no, scoring_model, criterion
)
select
    lead_no, criteria.scoring_model, 'engagement', criteria.criterion, coalesce(rules.rule_id, 'no_match'),
    coalesce(rules.points, 0)
from leads
cross join criteria
left join best using (lead_no, scoring_model, criterion)
left join ranked_band_rules as rules on best.rank = rules.rank
where criteria.shape = 'bands';

create unlogged table decay_points as
with days as (
    select
        lead_no, rule_no, day, points * sum(quantity)::float8 as raw_points, cap_per_day,
        case decay
            when 'half_life' then power(0.5::float8, ({as_of}::date - day) / decay_days)
            when 'linear' then greatest(0, 1 - ({as_of}::date - day) / decay_days)
            else 1
        end as factor
    from daily
    inner join kinds using (kind)
    inner join decay_rules as rules
        on kinds.activity_type = rules.activity_type
            and (rules.topic is null or kinds.topic = rules.topic)
            and (rules.channel is null or kinds.channel = rules.channel)
    group by lead_no, rule_no, day, points, cap_per_day, decay, decay_days
),
summed as (
    select
        lead_no, rule_no,
        round(sum(millionths(raw_points * factor)) / 1000000.0, 4) as points,
        round(sum(millionths(
            greatest(-coalesce(cap_per_day, abs(raw_points)), least(coalesce(cap_per_day, abs(raw_points)), raw_points)) * factor
        )) / 1000000.0, 4) as within_day_cap
    from days
    group by lead_no, rule_no
)
select
    lead_no, scoring_model, criterion, rule_id, summed.points, within_day_cap,
    greatest(-coalesce(cap_per_rule, abs(within_day_cap)), least(coalesce(cap_per_rule, abs(within_day_cap)), within_day_cap))
        as within_rule_cap
from summed
inner join decay_rules using (rule_no);

create unlogged table fading as
select lead_no, scoring_model, criterion, rule_id, points from decay_points
union all
select lead_no, scoring_model, criterion, rule_id || '.day_cap', within_day_cap - points
from decay_points where within_day_cap <> points
union all
select lead_no, scoring_model, criterion, rule_id || '.rule_cap', within_rule_cap - within_day_cap
from decay_points where within_rule_cap <> within_day_cap
union all
select lead_no, scoring_model, criterion, rule_id, round(points * periods, 4)
from (
    select
        lead_no, rules.scoring_model, rules.criterion, rule_id, points::numeric as points,
        least(max_periods::integer, ({as_of}::date - coalesce(last_day, created_on)) / idle_days::integer) as periods
    from leads
    left join (select lead_no, max(day) as last_day from daily group by lead_no) as last_days using (lead_no)
    cross join engagement_idle_rules as rules
    inner join criteria on rules.scoring_model = criteria.scoring_model and rules.criterion = criteria.criterion
    where criteria.shape = 'decay'
) as idle
where points * periods <> 0;

insert into contributions
select lead_no, scoring_model, 'engagement', criterion, rule_id, points from fading
union all
select
    lead_no, scoring_model, 'engagement', criterion, case when limited < points then 'criterion_cap' else 'criterion_floor' end,
    limited - points
from (
    select
        lead_no, scoring_model, criterion, sum(points) as points,
        greatest(least(sum(points), max_points), min_points) as limited
    from fading
    inner join criteria using (scoring_model, criterion)
    group by lead_no, scoring_model, criterion, max_points, min_points
) as groups
where limited <> points;
analyze contributions;

-- Limits and grades ----------------------------------------------------------------------------------------------------

create unlogged table scores as
with summed as (
    select
        lead_no, scoring_model,
        sum(points) filter (where dimension = 'profile') as profile,
        sum(points) filter (where dimension = 'engagement') as engagement
    from contributions
    group by lead_no, scoring_model
),
disqualified as (
    select lead_no, scoring_model, min(rule_id) as rule_id
    from profile_matches inner join ranked_profile_rules using (rank)
    where is_disqualifying
    group by lead_no, scoring_model
)
select
    lead_no, scoring_model, disqualified.rule_id as disqualifying_rule_id,
    coalesce(profile, 0) as profile, coalesce(engagement, 0) as engagement,
    case
        when disqualified.rule_id is not null then profile_floor
        else greatest(profile_floor, least(profile_cap, coalesce(profile, 0)))
    end as profile_score,
    greatest(engagement_floor, least(engagement_cap, coalesce(engagement, 0))) as engagement_score,
    profile_weight
from leads
cross join models
left join summed using (lead_no, scoring_model)
left join disqualified using (lead_no, scoring_model);

insert into contributions
select
    lead_no, scoring_model, 'profile', case when disqualifying_rule_id is null then 'limit' else 'disqualified' end,
    coalesce(disqualifying_rule_id, case when profile_score < profile then 'cap' else 'floor' end), profile_score - profile
from scores
where disqualifying_rule_id is not null or profile_score <> profile
union all
select
    lead_no, scoring_model, 'engagement', 'limit', case when engagement_score < engagement then 'cap' else 'floor' end,
    engagement_score - engagement
from scores
where engagement_score <> engagement;

create unlogged table lead_score_contributions as
select lead_id, scoring_model, dimension, criterion, rule_id, points::numeric(18, 4) as points
from contributions inner join leads using (lead_no);

create unlogged table lead_scores as
with bands as (
    select
        scoring_model, dimension, grade, coalesce(from_score::numeric, '-infinity') as from_score,
        coalesce(to_score::numeric, 'infinity') as to_score
    from grade_bands
)
select
    lead_id, scores.scoring_model, profile_score::numeric(18, 4), profile.grade as profile_grade,
    engagement_score::numeric(18, 4), engagement.grade::integer as engagement_level, profile.grade || engagement.grade as grade,
    round((profile_weight * profile_score + (100 - profile_weight) * engagement_score) / 100, 4)::numeric(18, 4) as combined_score
from scores
inner join leads using (lead_no)
left join bands as profile
    on profile.dimension = 'profile' and scores.scoring_model = profile.scoring_model
        and profile_score >= profile.from_score and profile_score < profile.to_score
left join bands as engagement
    on engagement.dimension = 'engagement' and scores.scoring_model = engagement.scoring_model
        and engagement_score >= engagement.from_score and engagement_score < engagement.to_score;
