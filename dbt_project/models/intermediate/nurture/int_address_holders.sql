-- Whose an address is, as events write it: by whatever record it is known, and however it is spelt there.
with

channels as (
    select * from {{ ref('nurture_channels') }}
),

known as (
    select * from {{ ref('int_known_addresses') }}
),

identified_activities as (
    select * from {{ ref('int_identified_activities') }}
),

written as (
    select distinct
        channel,
        identifier
    from identified_activities
),

written_keys as (
    select
        written.channel,
        written.identifier,
        {{ address_key('written.identifier', 'channels.compared_digits') }} as address_key
    from written
    inner join channels
        on written.channel = channels.channel
),

holders as (
    select
        known.lead_id,
        known.channel,
        written_keys.identifier
    from known
    inner join written_keys
        on
            known.channel = written_keys.channel
            and known.address_key = written_keys.address_key

    union

    select
        lead_id,
        channel,
        address as identifier
    from known
)

select * from holders
