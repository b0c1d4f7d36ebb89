with

base as (
    select * from {{ ref('base_messaging__events') }}
),

staged as (
    select
        event_id,
        recipient,
        campaign_id,
        channel,
        event_type,
        url,
        occurred_at,
        load_id,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
