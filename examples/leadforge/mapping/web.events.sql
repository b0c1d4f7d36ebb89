-- A session becomes one event for each page; an inbound touch on content is what the lead did on the site.
with

sessions as (

    select
        sessions.session_id,
        sessions.lead_id,
        sessions.page_views,
        sessions.pricing_page_views,
        sessions.demo_page_views,
        sessions.session_duration_seconds / sessions.page_views as seconds_a_page,
        moved(cast(sessions.session_timestamp as date), lead_facts.created_on) as started_at
    from read_parquet(table_file('sessions')) as sessions
    inner join lead_facts
        on sessions.lead_id = lead_facts.lead_id
    where known_by_day_30(cast(sessions.session_timestamp as date), lead_facts.created_on)

),

page_views as (

    select
        session_id || '-' || page_number as event_id,
        lead_id,
        started_at + page_number * interval 1 minute as occurred_at,
        'page_view' as event_type,
        case
            when page_number <= pricing_page_views then '/pricing'
            when page_number <= pricing_page_views + demo_page_views then '/demo'
            else '/'
        end as url,
        seconds_a_page as dwell_seconds
    from sessions
    cross join
        unnest(generate_series(1, greatest(page_views, pricing_page_views + demo_page_views))) as pages (page_number)

),

content_touches as (

    select
        touches.touch_id as event_id,
        touches.lead_id,
        moved(cast(touches.touch_timestamp as date), lead_facts.created_on) as occurred_at,
        case touches.touch_type when 'webinar' then 'webinar_attended' else 'file_downloaded' end as event_type,
        null as url,
        null as dwell_seconds
    from read_parquet(table_file('touches')) as touches
    inner join lead_facts
        on touches.lead_id = lead_facts.lead_id
    where
        known_by_day_30(cast(touches.touch_timestamp as date), lead_facts.created_on)
        and touches.touch_direction = 'inbound'
        and touches.touch_type in ('webinar', 'content_download')

),

events as (

    select * from page_views
    union all
    select * from content_touches

)

select
    event_id,
    occurred_at,
    'visitor-' || lead_id as anonymous_id,
    lead_id as user_id,
    event_type,
    url,
    dwell_seconds
from events
order by event_id
