-- The few events that nurture looks at one by one: of its own campaigns, and visits by a link that somebody passed on.
with

email_events as (
    select * from {{ ref('stg_email__events') }}
    where campaign_id like '{{ nurture_campaign_prefix() }}%' and {{ is_not_held_yet('email') }}
),

messaging_events as (
    select * from {{ ref('stg_messaging__events') }}
    where campaign_id like '{{ nurture_campaign_prefix() }}%' and {{ is_not_held_yet('messaging') }}
),

web_events as (
    select * from {{ ref('stg_web__events') }}
    where {{ is_not_held_yet('web') }}
),

referral_signals as (
    select * from {{ ref('referral_signals') }}
),

events as (
    select
        'email' as source,
        'email' as channel,
        event_id,
        recipient as identifier,
        event_type,
        campaign_id,
        cast(null as string) as referral_code,
        occurred_at,
        load_id
    from email_events

    union all

    select
        'messaging' as source,
        channel,
        event_id,
        recipient as identifier,
        event_type,
        campaign_id,
        cast(null as string) as referral_code,
        occurred_at,
        load_id
    from messaging_events

    union all

    select
        'web' as source,
        'web' as channel,
        event_id,
        anonymous_id as identifier,
        event_type,
        cast(null as string) as campaign_id,
        utm_content as referral_code,
        occurred_at,
        load_id
    from web_events
    semi join referral_signals
        on web_events.utm_medium = referral_signals.utm_medium
    where utm_content is not null
)

select * from events
