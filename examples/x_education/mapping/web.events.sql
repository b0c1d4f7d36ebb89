-- Totals by lead become events, so that they count as engagement. No rule of this example looks at when they happened.
with

visits as (

    select
        'visit-' || prospect_id || '-' || visit_number as event_id,
        prospect_id,
        'site_visit' as event_type,
        null as url,
        null as dwell_seconds,
        visit_number as hours_after_creation
    from prospects
    cross join unnest(generate_series(1, visits)) as numbered (visit_number)

),

time_on_site as (

    select
        'time-' || prospect_id as event_id,
        prospect_id,
        'time_on_site' as event_type,
        null as url,
        seconds_on_site as dwell_seconds,
        0 as hours_after_creation
    from prospects
    where seconds_on_site > 0

),

forms as (

    select
        'form-' || prospect_id as event_id,
        prospect_id,
        'form_submitted' as event_type,
        case lead_origin when 'Landing Page Submission' then '/landing-page' else '/add-form' end as url,
        null as dwell_seconds,
        0 as hours_after_creation
    from prospects
    where lead_origin in ('Landing Page Submission', 'Lead Add Form', 'Quick Add Form')

),

events as (

    select * from visits
    union all
    select * from time_on_site
    union all
    select * from forms

)

select
    event_id,
    created_at() + hours_after_creation * interval 1 hour as occurred_at,
    'visitor-' || prospect_id as anonymous_id,
    prospect_id as user_id,
    event_type,
    url,
    dwell_seconds
from events
order by event_id
