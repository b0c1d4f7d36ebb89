-- Each distinct network address once: whether the list knows its network as a robot's.
with

addresses as (
    select distinct ip
    from {{ ref('stg_web__events') }}
    where ip is not null

    union

    select distinct ip
    from {{ ref('stg_email__events') }}
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
