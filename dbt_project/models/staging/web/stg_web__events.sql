with

base as (
    select * from {{ ref('base_web__events') }}
),

staged as (
    select
        event_id,
        anonymous_id,
        user_id,
        email,
        event_type,
        url,
        dwell_seconds,
        properties,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_term,
        utm_content,
        user_agent,
        ip,
        occurred_at,
        load_id,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
