-- Visits of one batch of days, then one row for each page, form, file or robot hit.
create or replace temp table visits as
with person_days as (
    select
        persons.person_id,
        persons.person_id * 32768 + days.day as person_day,
        days.day + (9 + 9 * uniform(persons.person_id * 32768 + days.day, 'hour') - persons.hours_from_utc) / 24 as visit_day,
        intent_on(days.day, peak_day, height, rise_days, fade_days) as intent,
        getvariable('visit_rate') * visit_weight(days.day, intent, persons.propensity) as expected_visits
    from persons
    cross join range(getvariable('batch_from'), getvariable('batch_to')) as days (day)
    where persons.kind <> 'test' and days.day >= persons.created_day - 45
),

browsing as (
    select
        person_id,
        unnest(range(floor(expected_visits + uniform(person_day, 'visits'))::bigint)) as nth,
        (person_day * 4 + nth % 4) * 4 as visit_id,
        visit_day + nth * 0.04 as visit_day,
        intent
    from person_days
    where expected_visits + uniform(person_day, 'visits') >= 1
),

all_visits as (
    select visit_id, person_id, visit_day, intent, 'browsing' as cause, null as landing_url, null as campaign_id
    from browsing
    where nth < 4
    union all
    select
        (person_id * 32768 + floor(created_day)::bigint) * 16 + 1, person_id, created_day - 0.002, 0.5,
        'sign_up', null, null
    from persons
    where
        kind = 'lead' and source_rank > 0.42 and source_rank <= 0.66
        and created_day >= getvariable('batch_from') and created_day < getvariable('batch_to')
    union all
    -- A person's click in a mail goes on as a visit.
    select
        (person_id * 32768 + send_day::bigint) * 16 + 2 + campaign_no % 2, person_id, day_of(clicked_at) + 2.0 / 86400, intent,
        'email', links[1 + whole(mail_id, 'first link', len(links)) % len(links)], campaign_id
    from mails
    where click_count > 0
    qualify row_number() over (partition by person_id, send_day::bigint, campaign_no % 2 order by mail_id) = 1
)

select
    all_visits.*,
    person_keys.* exclude (person_id),
    visit_day >= created_day and kind in ('lead', 'contact') as is_known,
    case cause when 'sign_up' then 3 else 1 + least(14, floor(waiting(visit_id, 'pages') * (1.5 + 4 * intent))::bigint) end as page_count,
    case
        when gives_device_day is not null and visit_day >= gives_device_day and whole(visit_id, 'device', device_count) = 0 then person_keys.person_id * 16 + 9
        else person_keys.person_id * 16 + whole(visit_id, 'device', device_count)
    end as own_device
from all_visits
inner join person_keys on all_visits.person_id = person_keys.person_id;

create or replace temp table visits_on_devices as
select
    visits.*,
    case when given_devices.device_key is not null and uniform(visits.visit_id, 'on given device') < 0.6
        then given_devices.device_key else visits.own_device
    end as device_key
from visits
left join given_devices
    on visits.person_id = given_devices.to_person_id and visits.visit_day >= given_devices.given_day;

create or replace temp table web_events as
with pages as (
    select
        *,
        unnest(range(page_count)) as page_no,
        visit_id * 16 + page_no as page_id,
        moment_of(visit_day) + to_seconds(page_no * 45 + whole(page_id, 'page at', 40)) as occurred_at,
        uniform(page_id, 'topic') as chance
    from visits_on_devices
),

topics as (
    select
        *,
        case
            when cause = 'sign_up' and page_no = 2 then 'demo'
            when is_job_seeker and chance < 0.6 then 'careers'
            when uniform(page_id, 'mood') < intent then case
                when chance < 0.34 then 'product' when chance < 0.50 then 'pricing' when chance < 0.60 then 'case_study'
                when chance < 0.70 then 'documentation' when chance < 0.76 then 'demo' when chance < 0.83 then 'resources'
                when chance < 0.88 then 'webinar' when chance < 0.94 then 'blog' else 'home'
            end
            else case
                when chance < 0.40 then 'blog' when chance < 0.50 then 'product' when chance < 0.67 then 'home'
                when chance < 0.76 then 'resources' when chance < 0.83 then 'company' when chance < 0.88 then 'documentation'
                when chance < 0.91 then 'pricing' when chance < 0.94 then 'careers' when chance < 0.97 then 'case_study'
                when chance < 0.98 then 'webinar' else 'legal'
            end
        end as topic,
        uniform(page_id, 'act') as act
    from pages
),

acts as (
    select
        *,
        case
            when cause = 'sign_up' and page_no = 2 then 'form_submitted'
            when is_known and page_no > 0 and topic = 'demo' and act < 0.25 + 0.5 * intent then 'form_submitted'
            when is_known and page_no > 0 and topic = 'pricing' and act < 0.3 * intent then 'form_submitted'
            when is_known and page_no > 0 and topic in ('webinar', 'resources') and act < 0.12 + 0.2 * intent then 'form_submitted'
            when topic = 'resources' and act < 0.60 then 'file_downloaded'
            when topic = 'webinar' and act < 0.65 then 'webinar_attended'
            when topic = 'product' and act < 0.07 then 'video_watched'
            else 'page_view'
        end as event_type,
        coalesce(landing_url, '') <> '' and page_no = 0 as is_landing
    from topics
),

people as (
    select
        page_id * 4 as event_key,
        occurred_at,
        opaque('v', device_key) as anonymous_id,
        event_type,
        null as user_id,
        case
            when event_type <> 'form_submitted' then null
            when other_email is not null and visit_day > other_record_day and uniform(visit_id, 'types other') < 0.3 then other_email
            when uniform(page_id, 'is shouted') < 0.05 then concat(upper(email), ' ')
            else email
        end as email,
        case
            when is_landing then landing_url
            when page_no = 0 and chance < 0.25 then concat(site(), page_of(topic, page_id), '?utm_source=google&utm_medium=cpc&utm_campaign=brand')
            when chance < 0.05 then concat(site(), page_of(topic, page_id), '?ref=nav')
            else concat(site(), page_of(topic, page_id))
        end as url,
        case
            when page_no > 0 then concat(site(), '/')
            when is_landing then null
            else pick(['https://www.google.com/', 'https://www.linkedin.com/', 'https://duckduckgo.com/', null, null], visit_id, 'referrer')
        end as referrer,
        regexp_extract(url, 'utm_source=([^&]*)', 1) as utm_source,
        regexp_extract(url, 'utm_medium=([^&]*)', 1) as utm_medium,
        regexp_extract(url, 'utm_campaign=([^&]*)', 1) as utm_campaign,
        regexp_extract(url, 'utm_content=([^&]*)', 1) as utm_content,
        browser(device_key) as user_agent,
        case when mailbox_kind = 'business' and whole(visit_id, 'office', 2) = 0 then office_address(company_id, person_id) else home_address(person_id, device_key % 16) end as ip,
        case event_type
            when 'video_watched' then 30 + whole(page_id, 'watched', 900)
            else 2 + (waiting(page_id, 'dwell') * 25)::bigint
        end as dwell_seconds,
        case event_type
            when 'form_submitted' then to_json({form: topic, page: page_of(topic, page_id), consent: uniform(page_id, 'consents') < 0.7})
            when 'video_watched' then to_json({video: 'product-tour', percent: whole(page_id, 'percent', 101)})
        end as properties,
        'person' as kind
    from acts
),

-- A mail's link, a log-in or a portal says who it is, by address or by CRM record.
identifications as (
    select
        visits.visit_id * 64 + 63 as event_key,
        moment_of(visit_day) + to_seconds(1) as occurred_at,
        opaque('v', device_key) as anonymous_id,
        'identified' as event_type,
        case
            when uniform(visit_id, 'by record') >= 0.5 then null
            when contact_id is not null and (converted_day is null or visit_day > converted_day) then contact_id
            when other_lead_id is not null and visit_day > other_record_day and uniform(visit_id, 'by other') < 0.3 then other_lead_id
            else lead_id
        end as user_id,
        case when user_id is null then email end as email,
        coalesce(landing_url, concat(site(), '/login')) as url,
        browser(device_key) as user_agent,
        home_address(person_id, device_key % 16) as ip,
        'person' as kind
    from visits_on_devices as visits
    where is_known and uniform(visit_id, 'is identified') < case cause when 'email' then 0.6 when 'browsing' then 0.08 else 0 end
),

events as (
    select * from people
    union all by name
    select * from identifications
    union all by name
    select * from robot_visits
)

select
    opaque('wb-', event_key) as event_id,
    occurred_at,
    anonymous_id,
    event_type,
    user_id,
    email,
    url,
    referrer,
    nullif(utm_source, '') as utm_source,
    nullif(utm_medium, '') as utm_medium,
    nullif(utm_campaign, '') as utm_campaign,
    null::varchar as utm_term,
    nullif(utm_content, '') as utm_content,
    user_agent,
    ip,
    dwell_seconds::double as dwell_seconds,
    properties::varchar as properties,
    event_key,
    kind
from events;
