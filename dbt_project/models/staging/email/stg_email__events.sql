with

base as (
    select * from {{ ref('base_email__events') }}
),

staged as (
    select
        event_id,
        recipient,
        message_id,
        campaign_id,
        event_type,
        url,
        user_agent,
        ip,
        http_method,
        occurred_at,
        load_id,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
