-- Raw files to lead_scores and lead_score_contributions in one DuckDB script, without dbt: the limit that the project's
-- build is measured against. Written by the Leadhouse team for the fewest passes; objections welcome.
--
-- * Only the columns that scores need are read. Files are read once for repeated ids, once for what ties devices or
--   messages together, and once on the way to the daily counts. Of events only what people did with mails is kept, a third
--   of all mail events: it is needed three times.
-- * Files whose columns have the contract's types are read as they are; only the others are read as text and parsed.
-- * Patterns meet a file's dictionary, not its rows: the macros is_robot_agent, is_robot_address and is_privacy_proxy are
--   spelled out from the seeds by duckdb_by_hand.py, because DuckDB evaluates LIKE once a dictionary entry only when the
--   pattern is a constant. The same file sets the variables raw, seeds, as_of, <source>_files and <source>_text_files.
-- * People, pages and rules are numbers until the last two statements.
-- * Left out, because no score needs them: reasons, evidence, the quarantine's wording, opt-outs, histories.

------------------------------------------------------------------------------------------------------------------------
-- Seeds
------------------------------------------------------------------------------------------------------------------------

create temp macro seed(name) as table
    select * from read_csv(getvariable('seeds') || '/' || name || '.csv', all_varchar = true, header = true);

create temp table models as
select
    scoring_model,
    cast(profile_weight as decimal(9, 4)) as profile_weight,
    cast(profile_floor as decimal(18, 4)) as profile_floor,
    cast(profile_cap as decimal(18, 4)) as profile_cap,
    cast(engagement_floor as decimal(18, 4)) as engagement_floor,
    cast(engagement_cap as decimal(18, 4)) as engagement_cap
from seed('scoring/scoring_models')
where cast(is_active as boolean);

create temp table criteria as
select
    scoring_model,
    dimension,
    criterion,
    shape,
    cast(max_points as decimal(18, 4)) as max_points,
    cast(min_points as decimal(18, 4)) as min_points
from seed('scoring/scoring_criteria')
semi join models using (scoring_model);

create temp table profile_rules as
select
    (row_number() over (order by scoring_model, criterion, cast(percent as decimal(9, 4)) desc, rule_id)) as rank,
    scoring_model,
    criterion,
    rule_id,
    attribute,
    operator,
    value,
    cast(range_from as double) as range_from,
    cast(range_to as double) as range_to,
    cast(percent as decimal(9, 4)) as percent,
    cast(is_disqualifying as boolean) as is_disqualifying,
    cast(round(max_points * cast(percent as decimal(9, 4)) * cast(0.01 as decimal(3, 2)), 4) as decimal(18, 4)) as points
from seed('scoring/profile_rules')
join (from criteria where dimension = 'profile') using (scoring_model, criterion);

create temp table band_rules as
select
    (row_number() over (order by scoring_model, criterion, cast(percent as decimal(9, 4)) desc, rule_id)) as rank,
    scoring_model,
    criterion,
    rule_id,
    activity_type,
    topic,
    channel,
    cast(at_least as bigint) as at_least,
    cast(within_days as integer) as within_days,
    cast(round(max_points * cast(percent as decimal(9, 4)) * cast(0.01 as decimal(3, 2)), 4) as decimal(18, 4)) as points
from seed('scoring/engagement_band_rules')
join (from criteria where shape = 'bands') using (scoring_model, criterion);

create temp table decay_rules as
select
    cast(row_number() over () as utinyint) as rule_no,
    scoring_model,
    criterion,
    rule_id,
    activity_type,
    topic,
    channel,
    cast(points as double) as points,
    decay,
    cast(decay_days as double) as decay_days,
    cast(cap_per_day as double) as cap_per_day,
    cast(cap_per_rule as double) as cap_per_rule
from seed('scoring/engagement_decay_rules')
join (from criteria where shape = 'decay') using (scoring_model, criterion);

create temp table idle_rules as
select
    scoring_model,
    criterion,
    rule_id,
    cast(idle_days as integer) as idle_days,
    cast(points as double) as points,
    cast(max_periods as integer) as max_periods
from seed('scoring/engagement_idle_rules')
join (from criteria where shape = 'decay') using (scoring_model, criterion);

create temp table bot_rules as
select
    rule,
    cast(taints_address as boolean) as taints_address,
    url_pattern,
    cast(threshold_seconds as integer) as threshold_seconds,
    cast(threshold_count as integer) as threshold_count
from seed('reference/bot_rules')
where cast(is_enabled as boolean);

create temp table event_types as
select
    source,
    event_type,
    activity_type,
    case when quantity_column = 'dwell_seconds' then cast(quantity_divisor as double) end as quantity_divisor,
    cast(quantity_cap as double) as quantity_cap
from seed('reference/event_types')
where cast(is_engagement as boolean);

create temp table row_limits as
select source, cast(earliest_at as timestamp) as earliest_at, to_hours(cast(hours_ahead as integer)) as ahead
from seed('reference/row_limits');

------------------------------------------------------------------------------------------------------------------------
-- Values: how a raw cell of any type is read
------------------------------------------------------------------------------------------------------------------------

create temp macro read_text(cell) as
    case
        when cast(cell as varchar) between '!' and '~' and substr(cast(cell as varchar), -1) between '!' and '~'
            then cast(cell as varchar)
        else nullif(trim(cast(cell as varchar), ' ' || chr(9) || chr(10) || chr(13) || chr(160)), '')
    end;

create temp macro read_address(cell) as
    case when regexp_matches(read_text(cell), '^[^@, ]+@[^@, ]+[.][^@, .]+$') then lower(read_text(cell)) end;

create temp macro read_time(cell) as
    case
        when typeof(cell) like 'TIMESTAMP%' then try_cast(cell as timestamp)
        else cast(try_cast(read_text(cell) as timestamptz) as timestamp)
    end;

create temp macro read_number(cell) as
    case
        when typeof(cell) in ('DOUBLE', 'FLOAT', 'BIGINT', 'INTEGER', 'SMALLINT', 'TINYINT', 'UBIGINT', 'UINTEGER')
            then case when abs(try_cast(cell as double)) < 1e100 then try_cast(cell as double) end
        when regexp_matches(
            read_text(cell), '^[-+]?[$€£]? ?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)?([.][0-9]*)?([eE][-+]?[0-9]{1,2})?$'
        )
            then try_cast(translate(read_text(cell), ',$€£ ', '') as double)
    end;

create temp macro read_flag(cell) as
    case
        when lower(read_text(cell)) in ('true', 't', 'yes', 'y', '1') then true
        when lower(read_text(cell)) in ('false', 'f', 'no', 'n', '0') then false
    end;

-- when a row arrived: the file's word where it is credible, else the time of the load, which the path tells
create temp macro arrived_at(loaded_at, path, earliest_at) as
    case
        when read_time(loaded_at) >= earliest_at then read_time(loaded_at)
        else try_strptime(regexp_extract(path, 'load_id=([0-9T]+)Z/', 1), '%Y%m%dT%H%M%S%f')
    end;

create temp macro within_limits(instant, earliest_at, latest_at) as
    case when instant between earliest_at and latest_at then instant end;

create temp macro file_id(path) as regexp_extract(path, '([^/]+)[.]parquet$', 1);

-- a page without query and fragment
create temp macro page(url) as lower(split_part(split_part(url, '?', 1), '#', 1));

------------------------------------------------------------------------------------------------------------------------
-- People: the records of the CRM as they were at the as-of time, tied into persons
------------------------------------------------------------------------------------------------------------------------

create temp macro crm_rows(name) as table
    select
        * exclude (created_at, updated_at, loaded_at),
        file_id(filename) as file_id,
        coalesce(cast(source_row_number as bigint), file_row_number + 1) as file_line,
        arrived_at(loaded_at, filename, earliest_at) as loaded_at,
        earliest_at,
        arrived_at(loaded_at, filename, earliest_at) + ahead as latest_at,
        within_limits(
            read_time(created_at), earliest_at, arrived_at(loaded_at, filename, earliest_at) + ahead
        ) as created_at,
        within_limits(
            read_time(updated_at), earliest_at, arrived_at(loaded_at, filename, earliest_at) + ahead
        ) as updated_at
    from read_parquet(
        getvariable('raw') || '/crm/' || name || '/**/*.parquet', union_by_name = true, hive_partitioning = false,
        filename = true, file_row_number = true
    )
    cross join (from row_limits where source = 'crm');

-- the versions of each record, and when each was valid; `rows` holds sound rows with their record_id
create temp macro versions(rows) as table
    with
    dated as (
        select
            *,
            coalesce(
                updated_at,
                case when max(updated_at) over (partition by record_id) is null then loaded_at else created_at end,
                loaded_at
            ) as version_at,
            min(created_at) over (partition by record_id) as first_created_at
        from query_table(rows)
    ),
    latest as (
        from dated
        qualify row_number() over (
            partition by record_id, version_at order by loaded_at desc, file_id desc, file_line desc
        ) = 1
    )
    select
        *,
        case
            when lag(version_at) over (partition by record_id order by version_at) is not null then version_at
            else least(version_at, coalesce(first_created_at, earliest_at))
        end as valid_from,
        lead(version_at) over (partition by record_id order by version_at) as valid_to
    from latest;

create temp macro is_valid(valid_from, valid_to) as
    valid_from <= getvariable('as_of') and (valid_to is null or valid_to > getvariable('as_of'));

create temp table lead_rows as
select
    read_text(lead_id) as record_id, file_id, file_line, loaded_at, earliest_at, created_at, updated_at,
    read_text(master_record_id) as master_record_id, read_text(converted_contact_id) as converted_contact_id,
    read_flag(is_deleted) as is_deleted, read_address(email) as email, read_text(phone) as phone,
    read_text(company) as company, read_text(website) as website, read_text(title) as title,
    read_text(industry) as industry, read_number(annual_revenue) as annual_revenue,
    try_cast(case when read_number(employee_count) % 1 = 0 then read_number(employee_count) end as bigint)
        as employee_count,
    read_text(country) as country, read_text(region) as region, read_text(lead_source) as lead_source,
    read_text(campaign_id) as campaign_id, read_text(status) as status, read_text(extra_columns) as extra_columns
from crm_rows('leads')
where read_text(lead_id) is not null and created_at is not null;

create temp table contact_rows as
select
    read_text(contact_id) as record_id, file_id, file_line, loaded_at, earliest_at, created_at, updated_at,
    read_text(account_id) as account_id, read_text(master_record_id) as master_record_id,
    read_flag(is_deleted) as is_deleted, read_address(email) as email, read_text(phone) as phone,
    read_text(company) as company, read_text(website) as website, read_text(title) as title,
    read_text(industry) as industry, read_number(annual_revenue) as annual_revenue,
    try_cast(case when read_number(employee_count) % 1 = 0 then read_number(employee_count) end as bigint)
        as employee_count,
    read_text(country) as country, read_text(region) as region, read_text(lead_source) as lead_source,
    read_text(campaign_id) as campaign_id, read_text(status) as status
from crm_rows('contacts')
where read_text(contact_id) is not null and created_at is not null;

create temp table account_rows as
select
    read_text(account_id) as record_id, file_id, file_line, loaded_at, earliest_at, created_at, updated_at,
    read_text(name) as name, read_text(website) as website, read_text(industry) as industry,
    read_number(annual_revenue) as annual_revenue,
    try_cast(case when read_number(employee_count) % 1 = 0 then read_number(employee_count) end as bigint)
        as employee_count,
    read_text(country) as country, read_text(region) as region
from crm_rows('accounts')
where read_text(account_id) is not null;

create temp table lead_versions as from versions('lead_rows');
create temp table contact_versions as from versions('contact_rows');

create temp table records as
select
    'lead:' || record_id as record_key, 'lead' as record_type, record_id, created_at, updated_at, master_record_id,
    converted_contact_id, is_deleted, email, phone, company, website, title, industry, annual_revenue, employee_count,
    country, region, lead_source, campaign_id, status
from lead_versions
where is_valid(valid_from, valid_to)
union all
select
    'contact:' || contacts.record_id, 'contact', contacts.record_id, contacts.created_at, contacts.updated_at,
    contacts.master_record_id, null, contacts.is_deleted, contacts.email, contacts.phone,
    coalesce(contacts.company, accounts.name), coalesce(contacts.website, accounts.website), contacts.title,
    coalesce(contacts.industry, accounts.industry), coalesce(contacts.annual_revenue, accounts.annual_revenue),
    coalesce(contacts.employee_count, accounts.employee_count), coalesce(contacts.country, accounts.country),
    coalesce(contacts.region, accounts.region), contacts.lead_source, contacts.campaign_id, contacts.status
from contact_versions as contacts
left join (from versions('account_rows') where is_valid(valid_from, valid_to)) as accounts
    on contacts.account_id = accounts.record_id
where is_valid(contacts.valid_from, contacts.valid_to);

create temp table email_holders as
select distinct record_key, email
from (
    select 'lead:' || record_id as record_key, email, valid_from from lead_versions
    union all
    select 'contact:' || record_id, email, valid_from from contact_versions
)
where email is not null and valid_from <= getvariable('as_of');

create temp table edges as
with
named as (
    select record_key, record_type || ':' || master_record_id as other_key
    from records where master_record_id is not null
    union
    select record_key, 'contact:' || converted_contact_id from records where converted_contact_id is not null
    union
    select record_type || ':' || record_id, same_as_record_type || ':' || same_as_record_id
    from seed('reference/manual_merges')
    where merged_at is null or cast(merged_at as timestamp) <= getvariable('as_of')
    union
    select record_key, first_key
    from (
        select record_key, min(record_key) over (partition by email) as first_key
        from email_holders
        where split_part(email, '@', 1) not in (select local_part from seed('reference/shared_mailboxes'))
    )
    where record_key <> first_key
),
known as (
    from named
    semi join records on named.record_key = records.record_key
    semi join records as others on named.other_key = others.record_key
)
select record_key as from_key, other_key as to_key from known
union
select other_key, record_key from known;

create temp table person_records as
with recursive
reached as (
    select distinct from_key as record_key, from_key as person_key from edges
    union
    select edges.to_key, reached.person_key
    from reached
    join edges on reached.record_key = edges.from_key and reached.person_key < edges.to_key
),
persons as (
    select record_key, min(person_key) as person_key from reached group by record_key
),
ranked as (
    select
        records.*,
        coalesce(persons.person_key, records.record_key) as person_key,
        not coalesce(is_deleted, false) and master_record_id is null as is_live
    from records
    left join persons using (record_key)
)
select
    * exclude (person_key),
    first_value(case when record_type = 'lead' then record_id else record_key end) over (
        partition by person_key order by record_type desc, is_live desc, created_at, record_id
    ) as lead_id,
    row_number() over (
        partition by person_key order by is_live desc, record_type, updated_at desc, created_at desc, record_id
    ) as value_rank
from ranked;

create temp table leads as
select
    cast(row_number() over (order by lead_id) as integer) as lead_no,
    *
from (
    select
        lead_id,
        cast(min(created_at) as date) as created_on,
        arg_min(email, value_rank) as email, arg_min(phone, value_rank) as phone,
        arg_min(company, value_rank) as company, arg_min(website, value_rank) as website,
        arg_min(title, value_rank) as title, arg_min(industry, value_rank) as industry,
        arg_min(annual_revenue, value_rank) as annual_revenue, arg_min(employee_count, value_rank) as employee_count,
        arg_min(country, value_rank) as country, arg_min(region, value_rank) as region,
        arg_min(lead_source, value_rank) as lead_source, arg_min(campaign_id, value_rank) as campaign_id,
        arg_min(status, value_rank) as status
    from person_records
    group by lead_id
);

-- an address that several people hold speaks for none of them
create temp table addresses as
select email_holders.email, any_value(leads.lead_no) as lead_no
from email_holders
join person_records using (record_key)
join leads using (lead_id)
group by email_holders.email
having count(distinct leads.lead_no) = 1;

-- an id that a lead and a contact share names neither
create temp table identifiers as
select identifier, any_value(lead_no) as lead_no
from (
    select email as identifier, lead_no from addresses
    union all
    select record_id, leads.lead_no from person_records join leads using (lead_id)
)
group by identifier
having count(distinct lead_no) = 1;

------------------------------------------------------------------------------------------------------------------------
-- Profile
------------------------------------------------------------------------------------------------------------------------

create temp table attribute_values as
with
looked_at as (
    select distinct attribute from profile_rules
),
fields as (
    unpivot (
        select
            lead_no, email, phone, company, website, title, industry,
            cast(annual_revenue as varchar) as annual_revenue, cast(employee_count as varchar) as employee_count,
            country, region, lead_source, campaign_id, status,
            case when email is not null then coalesce(mail_domains.kind, 'business') end as email_domain_kind
        from leads
        left join seed('reference/mail_domains') as mail_domains on split_part(email, '@', 2) = mail_domains.domain
    )
    on columns(* exclude (lead_no))
    into name attribute value value
),
extra as (
    select lead_id, attribute, arg_min(value, value_rank) as value
    from (
        select person_records.lead_id, entries.key as attribute, read_text(entries.value ->> '$') as value, value_rank
        from lead_versions
        join person_records on lead_versions.record_id = person_records.record_id and record_type = 'lead'
        cross join lateral json_each(lead_versions.extra_columns) as entries
        where is_valid(valid_from, valid_to) and lead_versions.extra_columns is not null
    )
    where value is not null and attribute in (from looked_at)
    group by lead_id, attribute
),
observed as (
    select person_records.lead_id, read_text(attribute) as attribute, read_text(value) as value
    from read_parquet(
        getvariable('raw') || '/crm/lead_attributes/**/*.parquet', union_by_name = true, hive_partitioning = false,
        filename = true
    ) as facts
    cross join (from row_limits where source = 'crm')
    join person_records on read_text(facts.lead_id) = person_records.record_id and record_type = 'lead'
    where read_text(attribute) in (from looked_at)
        and coalesce(
            within_limits(read_time(observed_at), earliest_at, arrived_at(loaded_at, filename, earliest_at) + ahead)
            <= getvariable('as_of'), true
        )
)
select lead_no, attribute, value from fields where attribute in (from looked_at) and trim(value) <> ''
union
select lead_no, attribute, value
from (from extra union all from observed)
join leads using (lead_id)
where trim(value) <> '';

create temp table profile_matches as
with
distinct_values as (
    select distinct attribute, value, lower(trim(value)) as compared, try_cast(value as double) as number
    from attribute_values
),
wanted as (
    select rank, attribute, operator, lower(trim(value)) as wanted from profile_rules where operator = 'equals'
    union all
    select rank, attribute, operator, lower(trim(unnest(string_split(value, '|')))) as wanted
    from profile_rules
    where operator in ('in', 'like')
),
value_matches as (
    select rank, attribute, value
    from distinct_values
    join (from wanted where operator <> 'like') using (attribute)
    where compared = wanted
    union
    select rank, attribute, value
    from distinct_values
    join (from wanted where operator = 'like') using (attribute)
    where compared like wanted
    union
    select rank, attribute, distinct_values.value
    from distinct_values
    join profile_rules using (attribute)
    where operator = 'known'
        or (
            operator = 'between' and abs(number) < 'infinity'
            and (range_from is null or number >= range_from) and (range_to is null or number < range_to)
        )
)
select distinct lead_no, rank
from attribute_values
join value_matches using (attribute, value)
union all
select lead_no, rank
from leads
cross join (from profile_rules where operator = 'unknown') as rules
anti join attribute_values
    on leads.lead_no = attribute_values.lead_no and rules.attribute = attribute_values.attribute;

create temp table contributions as
with
best as (
    select lead_no, scoring_model, criterion, min(rank) as rank
    from profile_matches
    join profile_rules using (rank)
    where percent >= 0
    group by lead_no, scoring_model, criterion
),
known as (
    select distinct lead_no, scoring_model, criterion
    from attribute_values
    join (select distinct scoring_model, criterion, attribute from profile_rules) using (attribute)
)
select
    lead_no,
    scoring_model,
    'profile' as dimension,
    criterion,
    coalesce(rule_id, case when known.lead_no is null then 'unknown' else 'no_match' end) as rule_id,
    coalesce(points, 0) as points
from leads
cross join (from criteria where dimension = 'profile') as criteria
left join best using (lead_no, scoring_model, criterion)
left join (select rank, rule_id, points from profile_rules) using (rank)
left join known using (lead_no, scoring_model, criterion)
union all
select lead_no, scoring_model, 'profile', criterion, rule_id, points
from profile_matches
join profile_rules using (rank)
where percent < 0;

------------------------------------------------------------------------------------------------------------------------
-- Events: sound rows, each id once
------------------------------------------------------------------------------------------------------------------------

create temp macro event_time(occurred_at, loaded_at, path, source) as
    within_limits(
        read_time(occurred_at),
        getvariable(source || '_earliest'),
        arrived_at(loaded_at, path, getvariable(source || '_earliest')) + getvariable(source || '_ahead')
    );

-- Each source's files as one view: `part` 0 has the contract's types, `part` 1 is read as text.
create temp macro web_rows(files, files_part) as table
select
    files_part as part,
    file_index as file_no,
    file_row_number as row_no,
    file_id(filename) as file_id,
    coalesce(cast(source_row_number as bigint), file_row_number + 1) as file_line,
    arrived_at(loaded_at, filename, getvariable('web_earliest')) as arrived_at,
    read_text(event_id) as event_id,
    event_time(occurred_at, loaded_at, filename, 'web') as happened_at,
    read_text(anonymous_id) as device,
    read_text(event_type) as event_type,
    read_text(user_id) as user_id,
    read_address(email) as email,
    read_text(url) as url,
    read_number(dwell_seconds) as dwell_seconds,
    read_text(ip) as ip,
    is_robot_address(ip) or is_robot_agent(user_agent) as is_robot
from read_parquet(
    files, union_by_name = true, hive_partitioning = false, filename = true, file_row_number = true
);

create temp view web_events as
select *, happened_at is not null and device is not null and event_type is not null as is_sound
from (from web_rows(getvariable('web_files'), 0) union all from web_rows(getvariable('web_text_files'), 1));

create temp macro email_rows(files, files_part) as table
select
    files_part as part,
    file_index as file_no,
    file_row_number as row_no,
    file_id(filename) as file_id,
    coalesce(cast(source_row_number as bigint), file_row_number + 1) as file_line,
    arrived_at(loaded_at, filename, getvariable('email_earliest')) as arrived_at,
    read_text(event_id) as event_id,
    event_time(occurred_at, loaded_at, filename, 'email') as happened_at,
    read_address(recipient) as recipient,
    lower(read_text(recipient)) as recipient_text,
    read_text(event_type) as event_type,
    read_text(message_id) as message_id,
    read_text(url) as url,
    read_text(ip) as ip,
    read_text(http_method) as http_method,
    is_robot_address(ip) or is_robot_agent(user_agent)
    or (event_type = 'opened' and is_privacy_proxy(user_agent, ip)) as is_robot
from read_parquet(
    files, union_by_name = true, hive_partitioning = false, filename = true, file_row_number = true
);

create temp view email_events as
select *, happened_at is not null and recipient is not null and event_type is not null as is_sound
from (from email_rows(getvariable('email_files'), 0) union all from email_rows(getvariable('email_text_files'), 1));

create temp macro messaging_rows(files, files_part) as table
select
    files_part as part,
    file_index as file_no,
    file_row_number as row_no,
    file_id(filename) as file_id,
    coalesce(cast(source_row_number as bigint), file_row_number + 1) as file_line,
    arrived_at(loaded_at, filename, getvariable('messaging_earliest')) as arrived_at,
    read_text(event_id) as event_id,
    event_time(occurred_at, loaded_at, filename, 'messaging') as happened_at,
    read_text(channel) as channel,
    read_text(recipient) as recipient,
    read_text(event_type) as event_type,
    read_text(url) as url
from read_parquet(
    files, union_by_name = true, hive_partitioning = false, filename = true, file_row_number = true
);

create temp view messaging_events as
select
    *, happened_at is not null and channel is not null and recipient is not null and event_type is not null as is_sound
from (
    from messaging_rows(getvariable('messaging_files'), 0)
    union all
    from messaging_rows(getvariable('messaging_text_files'), 1)
);

-- Rows without an id, and of the sound rows of one id all but the first that arrived. They are known by their place, so
-- that no later pass reads an id.
create temp macro surplus_rows(events) as table
with
repeated as (
    select hash(event_id) as id_hash
    from query_table(events)
    group by id_hash
    having count(*) > 1 or id_hash = hash(cast(null as varchar))
)
select part, file_no, row_no
from query_table(events)
where hash(event_id) in (from repeated)
qualify event_id is null
    or row_number() over (partition by event_id order by not is_sound, arrived_at, file_id, file_line) > 1;

create temp table web_surplus as from surplus_rows('web_events');
create temp table email_surplus as from surplus_rows('email_events');
create temp table messaging_surplus as from surplus_rows('messaging_events');

------------------------------------------------------------------------------------------------------------------------
-- Whose a device is, and when
------------------------------------------------------------------------------------------------------------------------

create temp table device_periods as
with
named as (
    select device, happened_at, coalesce(by_email.lead_no, by_user_id.lead_no) as lead_no
    from web_events
    anti join web_surplus using (part, file_no, row_no)
    left join identifiers as by_email on email = by_email.identifier
    left join identifiers as by_user_id on user_id = by_user_id.identifier
    where (user_id is not null or email is not null) and is_sound and happened_at <= getvariable('as_of')
),
identified as (
    select device, happened_at, min(lead_no) as lead_no
    from named
    where lead_no is not null
    group by device, happened_at
),
changes as (
    select *, lag(lead_no) over (partition by device order by happened_at) as previous_lead_no
    from identified
    qualify previous_lead_no is null or previous_lead_no <> lead_no
)
select
    device,
    lead_no,
    case when previous_lead_no is null then timestamp '-infinity' else happened_at end as valid_from,
    coalesce(lead(happened_at) over (partition by device order by happened_at), timestamp 'infinity') as valid_to
from changes;

------------------------------------------------------------------------------------------------------------------------
-- E-mail: what people or robots did, who the robots are, and which addresses they taint
------------------------------------------------------------------------------------------------------------------------

create temp table email_actions as
select
    row_number() over () as action_no,
    recipient,
    message_id,
    event_type,
    url,
    ip,
    cast(happened_at as date) as day,
    epoch_us(happened_at) // 1000000 as second,
    event_type in ('opened', 'clicked', 'unsubscribed') as is_judged,
    coalesce(upper(http_method) = 'HEAD', false) as is_head_request,
    is_robot
from email_events
anti join email_surplus using (part, file_no, row_no)
where is_email_action(event_type)
    and is_sound
    and happened_at <= getvariable('as_of');

create temp table email_visits as
select action_no, recipient, message_id, ip, second, coalesce(page(url), event_type) as link
from email_actions
where event_type in ('clicked', 'unsubscribed');

create temp table visit_verdicts as
with
deliveries as (
    select
        recipient,
        message_id,
        coalesce(min(epoch_us(happened_at) // 1000000) filter (where event_type = 'delivered'), min(epoch_us(happened_at) // 1000000))
            as delivered
    from (
        select recipient_text as recipient, message_id, event_type, happened_at
        from email_events
        anti join email_surplus using (part, file_no, row_no)
        -- visits have sound recipients, so who has the same is sound
        semi join email_visits
            on recipient_text = email_visits.recipient and email_events.message_id = email_visits.message_id
        where event_type in ('sent', 'delivered') and happened_at <= getvariable('as_of')
    )
    group by recipient, message_id
),
burst as (
    from bot_rules where rule = 'link_burst'
),
-- a burst needs as many visits of one mail as it has links
busy as (
    select visits.*
    from email_visits as visits
    cross join burst
    where message_id is not null
    qualify count(*) over (partition by recipient, message_id) >= threshold_count
),
neighbours as (
    select busy.action_no, count(distinct others.link) as links
    from busy
    cross join burst
    join busy as others on busy.recipient = others.recipient and busy.message_id = others.message_id
    where abs(busy.second - others.second) <= threshold_seconds
    group by busy.action_no
),
signals as (
    select action_no, visits.ip, visits.second, taints_address
    from email_visits as visits
    join (from bot_rules where rule = 'honeypot_link') on link like url_pattern
    union all
    select visits.action_no, visits.ip, visits.second, taints_address
    from email_visits as visits
    left join neighbours using (action_no)
    join burst on coalesce(neighbours.links, 1) >= threshold_count
    union all
    select action_no, visits.ip, visits.second, taints_address
    from email_visits as visits
    join deliveries using (recipient, message_id)
    join (from bot_rules where rule = 'too_fast') on visits.second - delivered < threshold_seconds
    union all
    select action_no, ip, second, taints_address
    from email_actions
    cross join (from bot_rules where rule = 'head_request')
    where is_head_request and is_judged
)
select action_no, any_value(ip) as ip, any_value(second) as second, bool_or(taints_address) as is_tainting
from signals
group by action_no;

-- when an address is tainted, in seconds; spans of one address do not overlap
create temp table tainted_spans as
with
spans as (
    select distinct ip, second - threshold_seconds as from_second, second + threshold_seconds as to_second
    from visit_verdicts
    cross join (from bot_rules where rule = 'tainted_address')
    where is_tainting and ip is not null
),
numbered as (
    select
        *,
        sum(case when from_second <= previous_to then 0 else 1 end) over (partition by ip order by from_second) as no
    from (select *, lag(to_second) over (partition by ip order by from_second) as previous_to from spans)
)
select ip, min(from_second) as from_second, max(to_second) as to_second
from numbered
group by ip, no;

------------------------------------------------------------------------------------------------------------------------
-- What a person did on a day. A page, its topic and the event's type are one number, the kind
------------------------------------------------------------------------------------------------------------------------

create temp table pages as
with
seen as (
    select distinct 'web' as source, 'web' as channel, event_type, url from web_events
    union all
    select distinct 'email', 'email', event_type, url from email_actions
    union all
    select distinct 'messaging', channel, event_type, url from messaging_events
),
topics as (
    select url, arg_min(topic, cast(priority as integer)) as topic
    from (select distinct url, page(url) as page from seen)
    join seed('reference/content_topics') on page like url_pattern
    group by url
)
select
    source,
    channel,
    event_type,
    coalesce(url, '') as url,
    cast(dense_rank() over (order by channel, activity_type, coalesce(topic, 'other')) as usmallint) as kind,
    activity_type,
    coalesce(topic, 'other') as topic,
    quantity_divisor,
    quantity_cap
from seen
join event_types using (source, event_type)
left join topics using (url);

create temp table kinds as
select distinct kind, channel, activity_type, topic from pages;

create temp table daily as
select
    lead_no,
    cast(happened_at as date) as day,
    kind,
    count(*) as events,
    sum(cast(coalesce(
        case when dwell_seconds is not null then
            least(dwell_seconds / quantity_divisor, coalesce(quantity_cap, dwell_seconds / quantity_divisor))
        end, 1
    ) as decimal(18, 4))) as quantity
from web_events
anti join web_surplus using (part, file_no, row_no)
join pages on pages.source = 'web' and web_events.event_type = pages.event_type and coalesce(web_events.url, '') = pages.url
join device_periods as periods
    on web_events.device = periods.device and happened_at >= periods.valid_from and happened_at < periods.valid_to
anti join tainted_spans as spans
    on web_events.ip = spans.ip and epoch_us(happened_at) // 1000000 between spans.from_second and spans.to_second
where is_sound
    and happened_at <= getvariable('as_of')
    and not is_robot
group by lead_no, cast(happened_at as date), kind

union all

select lead_no, day, kind, count(*), count(*)
from email_actions
join addresses on recipient = addresses.email
anti join visit_verdicts using (action_no)
join pages
    on pages.source = 'email' and email_actions.event_type = pages.event_type
        and coalesce(email_actions.url, '') = pages.url
anti join tainted_spans as spans
    on is_judged and email_actions.ip = spans.ip and second between spans.from_second and spans.to_second
where not (is_judged and is_robot)
group by lead_no, day, kind

union all

select lead_no, cast(happened_at as date) as day, kind, count(*), count(*)
from messaging_events
anti join messaging_surplus using (part, file_no, row_no)
join identifiers on recipient = identifiers.identifier
join pages
    on pages.source = 'messaging' and messaging_events.channel = pages.channel
        and messaging_events.event_type = pages.event_type and coalesce(messaging_events.url, '') = pages.url
where is_sound and happened_at <= getvariable('as_of')
group by lead_no, cast(happened_at as date), kind;

------------------------------------------------------------------------------------------------------------------------
-- Engagement
------------------------------------------------------------------------------------------------------------------------

insert into contributions
with
counted as (
    select lead_no, rank, sum(events) as events
    from daily
    join kinds using (kind)
    join band_rules
        on kinds.activity_type = band_rules.activity_type
            and (band_rules.topic is null or kinds.topic = band_rules.topic)
            and (band_rules.channel is null or kinds.channel = band_rules.channel)
    where date_diff('day', day, cast(getvariable('as_of') as date)) < within_days
    group by lead_no, rank
),
best as (
    select lead_no, scoring_model, criterion, min(rank) as rank
    from counted
    join band_rules using (rank)
    where events >= at_least
    group by lead_no, scoring_model, criterion
)
select lead_no, scoring_model, 'engagement', criterion, coalesce(rule_id, 'no_match'), coalesce(points, 0)
from leads
cross join (from criteria where shape = 'bands') as criteria
left join best using (lead_no, scoring_model, criterion)
left join (select rank, rule_id, points from band_rules) using (rank);

create temp table decay_points as
with
days as (
    select
        lead_no,
        rule_no,
        any_value(points) * sum(quantity) as raw_points,
        any_value(cap_per_day) as cap_per_day,
        case any_value(decay)
            when 'half_life' then power(0.5::double, date_diff('day', max(day), cast(getvariable('as_of') as date)) / any_value(decay_days))
            when 'linear' then greatest(0, 1 - date_diff('day', max(day), cast(getvariable('as_of') as date)) / any_value(decay_days))
            else 1
        end as factor
    from daily
    join kinds using (kind)
    join decay_rules
        on kinds.activity_type = decay_rules.activity_type
            and (decay_rules.topic is null or kinds.topic = decay_rules.topic)
            and (decay_rules.channel is null or kinds.channel = decay_rules.channel)
    -- days that are worth nothing any more need not be told apart
    group by lead_no, rule_no, case
        when decay = 'linear' and date_diff('day', day, cast(getvariable('as_of') as date)) >= decay_days then null else day
    end
),
summed as (
    select
        lead_no,
        rule_no,
        cast(round(sum(cast(round(raw_points * factor, 6) as decimal(18, 6))), 4) as decimal(18, 4)) as points,
        cast(round(sum(cast(round(
            greatest(-coalesce(cap_per_day, abs(raw_points)), least(coalesce(cap_per_day, abs(raw_points)), raw_points))
            * factor, 6
        ) as decimal(18, 6))), 4) as decimal(18, 4)) as within_day_cap
    from days
    group by lead_no, rule_no
)
select
    lead_no,
    scoring_model,
    criterion,
    rule_id,
    summed.points,
    within_day_cap,
    cast(round(greatest(
        -coalesce(cap_per_rule, abs(within_day_cap)), least(coalesce(cap_per_rule, abs(within_day_cap)), within_day_cap)
    ), 4) as decimal(18, 4)) as within_rule_cap
from summed
join decay_rules using (rule_no);

create temp table fading as
select lead_no, scoring_model, criterion, rule_id, points from decay_points
union all
select lead_no, scoring_model, criterion, rule_id || '.day_cap', within_day_cap - points
from decay_points where within_day_cap <> points
union all
select lead_no, scoring_model, criterion, rule_id || '.rule_cap', within_rule_cap - within_day_cap
from decay_points where within_rule_cap <> within_day_cap
union all
select lead_no, scoring_model, criterion, rule_id, cast(round(points * periods, 4) as decimal(18, 4))
from (
    select
        lead_no, idle_rules.*,
        least(max_periods, date_diff('day', coalesce(last_day, created_on), cast(getvariable('as_of') as date)) // idle_days)
            as periods
    from leads
    left join (select lead_no, max(day) as last_day from daily group by lead_no) using (lead_no)
    cross join idle_rules
)
where round(points * periods, 4) <> 0;

insert into contributions
select lead_no, scoring_model, 'engagement', criterion, rule_id, points from fading
union all
select
    lead_no, scoring_model, 'engagement', criterion,
    case when limited < points then 'criterion_cap' else 'criterion_floor' end, limited - points
from (
    select lead_no, scoring_model, criterion, sum(points) as points,
        greatest(least(sum(points), any_value(max_points)), any_value(min_points)) as limited
    from fading
    join criteria using (scoring_model, criterion)
    group by lead_no, scoring_model, criterion
)
where limited <> points;

------------------------------------------------------------------------------------------------------------------------
-- Limits and grades
------------------------------------------------------------------------------------------------------------------------

create temp table scores as
with
summed as (
    select
        lead_no,
        scoring_model,
        coalesce(sum(points) filter (where dimension = 'profile'), 0) as profile,
        coalesce(sum(points) filter (where dimension = 'engagement'), 0) as engagement
    from contributions
    group by lead_no, scoring_model
),
disqualified as (
    select lead_no, scoring_model, min(rule_id) as rule_id
    from profile_matches
    join profile_rules using (rank)
    where is_disqualifying
    group by lead_no, scoring_model
)
select
    lead_no,
    scoring_model,
    disqualified.rule_id as disqualifying_rule_id,
    coalesce(profile, 0) as profile,
    coalesce(engagement, 0) as engagement,
    cast(case
        when disqualified.rule_id is not null then profile_floor
        else greatest(profile_floor, least(profile_cap, coalesce(profile, 0)))
    end as decimal(18, 4)) as profile_score,
    cast(greatest(engagement_floor, least(engagement_cap, coalesce(engagement, 0))) as decimal(18, 4)) as engagement_score,
    profile_weight
from leads
cross join models
left join summed using (lead_no, scoring_model)
left join disqualified using (lead_no, scoring_model);

insert into contributions
select
    lead_no, scoring_model, 'profile',
    case when disqualifying_rule_id is null then 'limit' else 'disqualified' end,
    coalesce(disqualifying_rule_id, case when profile_score < profile then 'cap' else 'floor' end),
    profile_score - profile
from scores
where disqualifying_rule_id is not null or profile_score <> profile
union all
select
    lead_no, scoring_model, 'engagement', 'limit', case when engagement_score < engagement then 'cap' else 'floor' end,
    engagement_score - engagement
from scores
where engagement_score <> engagement;

create table lead_score_contributions as
select lead_id, scoring_model, dimension, criterion, rule_id, cast(points as decimal(18, 4)) as points
from contributions
join leads using (lead_no);

create table lead_scores as
with
bands as (
    select
        scoring_model, dimension, grade,
        coalesce(cast(from_score as decimal(18, 4)), -1e9) as from_score,
        coalesce(cast(to_score as decimal(18, 4)), 1e9) as to_score
    from seed('scoring/grade_bands')
)
select
    lead_id,
    scores.scoring_model,
    profile_score,
    profile.grade as profile_grade,
    engagement_score,
    cast(engagement.grade as integer) as engagement_level,
    profile.grade || engagement.grade as grade,
    cast(round(
        (profile_weight * profile_score + (100 - profile_weight) * engagement_score) * cast(0.01 as decimal(3, 2)), 4
    ) as decimal(18, 4)) as combined_score
from scores
join leads using (lead_no)
left join (from bands where dimension = 'profile') as profile
    on scores.scoring_model = profile.scoring_model
        and profile_score >= profile.from_score and profile_score < profile.to_score
left join (from bands where dimension = 'engagement') as engagement
    on scores.scoring_model = engagement.scoring_model
        and engagement_score >= engagement.from_score and engagement_score < engagement.to_score;
