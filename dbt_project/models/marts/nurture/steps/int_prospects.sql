-- Everybody who is or was known to the brand without being a lead to work on: since when, until when, and how it ended.
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

addresses as (
    select distinct
        channel,
        address
    from {{ ref('int_contact_addresses') }}
),

required_fields as (
    select * from {{ ref('int_required_fields') }}
),

ownership as (
    select * from {{ ref('lead_ownership') }}
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
    anti join addresses
        on
            daily_activity.channel = addresses.channel
            and daily_activity.identifier = addresses.address
    where daily_activity.lead_id is null or daily_activity.source = 'web'
    group by daily_activity.source, daily_activity.identifier
),

incomplete as (
    select
        lead_id,
        min(created_at) as entered_at,
        case when count(met_at) = count(*) then max(met_at) end as left_at,
        max(case when requirement_rank = 1 and met_at is null then 1 else 0 end) = 1 as is_out_of_reach
    from required_fields
    group by lead_id
),

prospects as (
    select
        kind,
        identifier as prospect_id,
        cast(null as string) as lead_id,
        source,
        entered_at,
        left_at,
        case when left_at is not null then 'identified' end as left_as
    from identifiers
    where left_at is null or left_at > entered_at

    union all

    select
        case when is_out_of_reach then 'out_of_reach' else 'incomplete' end as kind,
        lead_id as prospect_id,
        lead_id,
        'crm' as source,
        entered_at,
        left_at,
        case when left_at is not null then 'completed' end as left_as
    from incomplete
    where left_at is null or left_at > entered_at

    union all

    select
        'reclaimed' as kind,
        lead_id as prospect_id,
        lead_id,
        'crm' as source,
        reclaimed_at as entered_at,
        owned_to as left_at,
        case when owned_to is not null then 'assigned' end as left_as
    from ownership
    where reclaimed_at is not null
)

select * from prospects
