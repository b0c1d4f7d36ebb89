-- A backslash in a pattern is a letter on one engine and an escape on another: the same seed would give two grades.
with

patterns as (
    select
        'bot_networks' as seed,
        address_pattern as pattern
    from {{ ref('bot_networks') }}

    union all

    select
        'bot_rules' as seed,
        url_pattern as pattern
    from {{ ref('bot_rules') }}

    union all

    select
        'bot_user_agents' as seed,
        user_agent_pattern as pattern
    from {{ ref('bot_user_agents') }}

    union all

    select
        'content_topics' as seed,
        url_pattern as pattern
    from {{ ref('content_topics') }}

    union all

    select
        'privacy_proxies' as seed,
        address_pattern as pattern
    from {{ ref('privacy_proxies') }}

    union all

    select
        'test_record_patterns' as seed,
        pattern
    from {{ ref('test_record_patterns') }}

    union all

    select
        'profile_rules' as seed,
        value as pattern
    from {{ ref('profile_rules') }}
    where operator = 'like'
)

select * from patterns
where position(chr(92) in pattern) > 0
