-- One row for each event and bot rule that speaks against it.
with

bot_rules as (
    select * from {{ ref('bot_rules') }}
    where is_enabled
),

email_events as (
    select * from {{ ref('stg_email__events') }}
    where
        occurred_at <= {{ as_of() }}
        and event_type in ('opened', 'clicked', 'unsubscribed')
),

web_events as (
    select * from {{ ref('stg_web__events') }}
    where occurred_at <= {{ as_of() }}
),

link_visits as (
    select * from {{ ref('int_email_link_visits') }}
),

robots as (
    select * from {{ ref('int_user_agents_judged') }}
),

robot_addresses as (
    select * from {{ ref('int_addresses_judged') }}
),

privacy_proxies as (
    select * from {{ ref('privacy_proxies') }}
),

signals as (
    select
        'email' as source,
        email_events.event_id,
        email_events.occurred_at,
        email_events.ip,
        'network' as rule
    from email_events
    semi join robot_addresses
        on email_events.ip = robot_addresses.ip

    union all

    select
        'web' as source,
        web_events.event_id,
        web_events.occurred_at,
        web_events.ip,
        'network' as rule
    from web_events
    semi join robot_addresses
        on web_events.ip = robot_addresses.ip

    union all

    select
        'email' as source,
        email_events.event_id,
        email_events.occurred_at,
        email_events.ip,
        'user_agent' as rule
    from email_events
    semi join robots
        on email_events.user_agent = robots.user_agent

    union all

    select
        'web' as source,
        web_events.event_id,
        web_events.occurred_at,
        web_events.ip,
        'user_agent' as rule
    from web_events
    semi join robots
        on web_events.user_agent = robots.user_agent

    union all

    select
        'email' as source,
        event_id,
        occurred_at,
        ip,
        'head_request' as rule
    from email_events
    where upper(http_method) = 'HEAD'

    union all

    select
        'email' as source,
        email_events.event_id,
        email_events.occurred_at,
        email_events.ip,
        'privacy_open' as rule
    from email_events
    inner join privacy_proxies
        on
            lower(email_events.user_agent) = privacy_proxies.user_agent
            and email_events.ip like privacy_proxies.address_pattern
    where email_events.event_type = 'opened'

    union all

    select
        'email' as source,
        link_visits.event_id,
        link_visits.occurred_at,
        link_visits.ip,
        bot_rules.rule
    from link_visits
    inner join bot_rules
        on
            (bot_rules.rule = 'honeypot_link' and link_visits.link like bot_rules.url_pattern)
            or (
                bot_rules.rule = 'too_fast'
                and link_visits.seconds_since_delivery < bot_rules.threshold_seconds
            )
            or (
                bot_rules.rule = 'link_burst'
                and link_visits.distinct_links >= bot_rules.threshold_count
            )
),

enabled_signals as (
    select signals.*
    from signals
    semi join bot_rules
        on signals.rule = bot_rules.rule
)

select * from enabled_signals
