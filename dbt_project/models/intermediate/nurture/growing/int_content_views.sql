-- Which content each identifier opened on a day, and whether to its end; counted by load, robots among them.
with

email_events as (
    select * from {{ ref('stg_email__events') }}
    where url is not null and {{ is_not_held_yet('email') }}
),

messaging_events as (
    select * from {{ ref('stg_messaging__events') }}
    where url is not null and {{ is_not_held_yet('messaging') }}
),

web_events as (
    select * from {{ ref('stg_web__events') }}
    where url is not null and {{ is_not_held_yet('web') }}
),

contents as (
    select * from {{ ref('nurture_contents') }}
),

visits as (
    select
        'email' as source,
        'email' as channel,
        recipient as identifier,
        {{ page_path('url') }} as page,
        cast(null as double) as dwell_seconds,
        occurred_at,
        load_id
    from email_events

    union all

    select
        'messaging' as source,
        channel,
        recipient as identifier,
        {{ page_path('url') }} as page,
        cast(null as double) as dwell_seconds,
        occurred_at,
        load_id
    from messaging_events

    union all

    select
        'web' as source,
        'web' as channel,
        anonymous_id as identifier,
        {{ page_path('url') }} as page,
        dwell_seconds,
        occurred_at,
        load_id
    from web_events
),

daily as (
    select
        visits.source,
        visits.channel,
        visits.identifier,
        contents.content_id,
        cast(visits.occurred_at as date) as activity_date,
        min(visits.occurred_at) as first_at,
        min(case when visits.dwell_seconds >= contents.full_seconds then visits.occurred_at end) as completed_at,
        visits.load_id
    from visits
    inner join contents
        on visits.page = contents.page
    group by
        visits.source, visits.channel, visits.identifier, contents.content_id, cast(visits.occurred_at as date), visits.load_id
)

select * from daily
