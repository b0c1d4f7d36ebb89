-- One row for each event and bot rule that speaks against it.
with

events as (
    select * from {{ events_to_take('int_events', 'int_events_to_judge') }}
    where can_be_robot
),

bot_rules as (
    select * from {{ ref('bot_rules') }}
    where is_enabled
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

-- every event is looked at once; what speaks against it is told apart afterwards, of the few
suspected as (
    select
        events.source,
        events.event_id,
        events.occurred_at,
        events.ip,
        robot_addresses.ip is not null as is_robot_address,
        robots.user_agent is not null as is_robot_agent,
        coalesce(upper(events.http_method) = 'HEAD', false) as is_head_request,
        privacy_proxies.user_agent is not null as is_privacy_open
    from events
    left join robot_addresses
        on events.ip = robot_addresses.ip
    left join robots
        on events.user_agent = robots.user_agent
    left join privacy_proxies
        on
            events.event_type = 'opened'
            and {{ lower_case('events.user_agent') }} = privacy_proxies.user_agent
            and events.ip like privacy_proxies.address_pattern
    where
        robot_addresses.ip is not null
        or robots.user_agent is not null
        or upper(events.http_method) = 'HEAD'
        or privacy_proxies.user_agent is not null
),

signals as (
    {% for evidence, rule in {
        'is_robot_address': 'network', 'is_robot_agent': 'user_agent', 'is_head_request': 'head_request',
        'is_privacy_open': 'privacy_open'
    }.items() -%}
        select
            source,
            event_id,
            occurred_at,
            ip,
            '{{ rule }}' as rule
        from suspected
        where {{ evidence }}

        union all

    {% endfor -%}
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
    select
        signals.*,
        bot_rules.taints_address and signals.ip is not null as taints_address
    from signals
    inner join bot_rules
        on signals.rule = bot_rules.rule
)

select * from enabled_signals
