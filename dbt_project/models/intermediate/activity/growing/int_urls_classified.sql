-- Each distinct page once: its topic by the first pattern that fits.
with

events as (
    select * from {{ events_to_take('int_events', 'int_new_events') }}
),

urls as (
    select distinct {{ url_path('url') }} as url_path
    from events
    where url is not null
),

topics as (
    select * from {{ ref('content_topics') }}
),

first_patterns as (
    select
        urls.url_path,
        min(topics.priority) as priority
    from urls
    inner join topics
        on urls.url_path like topics.url_pattern
    group by urls.url_path
),

classified as (
    select
        urls.url_path,
        coalesce(topics.topic, 'other') as topic
    from urls
    left join first_patterns
        on urls.url_path = first_patterns.url_path
    left join topics
        on first_patterns.priority = topics.priority
)

select * from classified
{{ not_yet_in_this('classified', 'url_path') }}
