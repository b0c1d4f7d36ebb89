-- Devices, handles and addresses that are or were nobody's: since when, and when one learnt whose.
with

identified_activities as (
    select * from {{ ref('int_identified_activities') }}
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
        identified_activities.source,
        identified_activities.identifier,
        case
            when identified_activities.source = 'web' then 'visitor'
            when identified_activities.source = 'email' then 'mailbox'
            else 'follower'
        end as kind,
        min(identified_activities.occurred_at) as entered_at,
        max(device_owners.identified_at) as left_at
    from identified_activities
    left join device_owners
        on
            identified_activities.source = 'web'
            and identified_activities.identifier = device_owners.identifier
    where identified_activities.lead_id is null or identified_activities.source = 'web'
    group by identified_activities.source, identified_activities.identifier
),

nobodys as (
    select identifiers.*
    from identifiers
    anti join somebodys
        on {{ lower_case('identifiers.identifier') }} = somebodys.address
)

select * from nobodys
