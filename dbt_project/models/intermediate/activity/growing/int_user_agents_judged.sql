-- Each distinct user agent once: whether the list knows it as a robot.
with

events as (
    select * from {{ events_to_take('int_events', 'int_new_events') }}
),

user_agents as (
    select distinct user_agent
    from events
    where user_agent is not null
),

patterns as (
    select * from {{ ref('bot_user_agents') }}
),

robots as (
    select
        user_agents.user_agent,
        min(patterns.kind) as kind
    from user_agents
    inner join patterns
        on {{ lower_case('user_agents.user_agent') }} like patterns.user_agent_pattern
    group by user_agents.user_agent
)

select * from robots
{{ not_yet_in_this('robots', 'user_agent') }}
