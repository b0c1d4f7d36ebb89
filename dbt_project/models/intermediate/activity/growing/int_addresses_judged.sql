-- Each distinct network address once: whether the list knows its network as a robot's.
with

events as (
    select * from {{ events_to_take('int_events', 'int_new_events') }}
),

addresses as (
    select distinct ip
    from events
    where ip is not null
),

networks as (
    select * from {{ ref('bot_networks') }}
),

robots as (
    select
        addresses.ip,
        min(networks.kind) as kind
    from addresses
    inner join networks
        on addresses.ip like networks.address_pattern
    group by addresses.ip
)

select * from robots
{{ not_yet_in_this('robots', 'ip') }}
