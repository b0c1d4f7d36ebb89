-- Where each channel reaches a lead; an address may be several people's.
with

lead_attributes as (
    select * from {{ ref('int_lead_attributes') }}
),

channels as (
    select * from {{ ref('nurture_channels') }}
),

addresses as (
    select
        lead_attributes.lead_id,
        channels.channel,
        min({{ trim_blanks('lead_attributes.value') }}) as address
    from lead_attributes
    inner join channels
        on lead_attributes.attribute = channels.address_attribute
    group by lead_attributes.lead_id, channels.channel
)

select * from addresses
