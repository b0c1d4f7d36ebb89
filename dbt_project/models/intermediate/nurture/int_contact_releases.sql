-- From which day on the frequency caps allow each channel of a lead again.
with

caps as (
    select * from {{ ref('frequency_caps') }}
),

channels as (
    select * from {{ ref('nurture_channels') }}
),

addresses as (
    select * from {{ ref('int_contact_addresses') }}
),

contacts as (
    select * from {{ ref('int_contact_days') }}
),

-- a cap without a channel counts them all, and holds each of them back
caps_of_channels as (
    select
        channels.channel,
        caps.channel as counted_channel,
        caps.within_days,
        caps.at_most
    from caps
    inner join channels
        on caps.channel is null or caps.channel = channels.channel
),

counted as (
    select
        addresses.lead_id,
        addresses.channel,
        caps_of_channels.within_days,
        caps_of_channels.at_most,
        contacts.contact_date,
        sum(sum(contacts.contact_count)) over (
            partition by
                addresses.lead_id, addresses.channel, caps_of_channels.within_days, caps_of_channels.counted_channel,
                caps_of_channels.at_most
            order by contacts.contact_date desc
        ) as contacts_since
    from addresses
    inner join caps_of_channels
        on addresses.channel = caps_of_channels.channel
    inner join contacts
        on
            addresses.lead_id = contacts.lead_id
            and (caps_of_channels.counted_channel is null or caps_of_channels.counted_channel = contacts.channel)
    group by
        addresses.lead_id, addresses.channel, caps_of_channels.within_days, caps_of_channels.counted_channel,
        caps_of_channels.at_most, contacts.contact_date
),

-- the contact that has to grow old before there is room for another one
releases as (
    select
        lead_id,
        channel,
        max({{ dbt.dateadd('day', 'within_days', 'contact_date') }}) as free_from
    from counted
    where contacts_since >= at_most
    group by lead_id, channel
)

select
    lead_id,
    channel,
    cast(free_from as date) as free_from
from releases
