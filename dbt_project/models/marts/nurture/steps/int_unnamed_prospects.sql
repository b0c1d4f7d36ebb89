-- Devices, handles and addresses that are or were nobody's: since when, and when one learnt whose.
with

daily_activity as (
    select * from {{ ref('int_identified_activity_daily') }}
    where is_engagement and bot_reason is null
),

device_owners as (
    select
        anonymous_id as identifier,
        min(identified_at) as identified_at
    from {{ ref('int_visitor_identities') }}
    group by anonymous_id
),

-- who asked to be forgotten is not told as a stranger either
somebodys as (
    select distinct {{ lower_case('identifier') }} as address
    from {{ ref('int_address_holders') }}
),

-- an identifier that is somebody's throughout was never in the pool; a device was until it said whose it is
identifiers as (
    select
        daily_activity.source,
        daily_activity.identifier,
        case
            when daily_activity.source = 'web' then 'visitor'
            when daily_activity.source = 'email' then 'mailbox'
            else 'follower'
        end as kind,
        min(daily_activity.first_at) as entered_at,
        max(device_owners.identified_at) as left_at
    from daily_activity
    left join device_owners
        on
            daily_activity.source = 'web'
            and daily_activity.identifier = device_owners.identifier
    where daily_activity.lead_id is null or daily_activity.source = 'web'
    group by daily_activity.source, daily_activity.identifier
),

nobodys as (
    select identifiers.*
    from identifiers
    anti join somebodys
        on {{ lower_case('identifiers.identifier') }} = somebodys.address
)

select * from nobodys
