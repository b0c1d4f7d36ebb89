-- Whose an address is, as events write it: by whatever record it is known, and however it is spelt there.
with

channels as (
    select * from {{ ref('nurture_channels') }}
),

addresses as (
    select * from {{ ref('int_contact_addresses') }}
),

records as (
    select * from {{ ref('int_person_records') }}
),

told as (
    select * from {{ ref('stg_crm__lead_attributes') }}
    where observed_at is null or observed_at <= {{ as_of() }}
),

daily_activity as (
    select * from {{ ref('int_identified_activity_daily') }}
),

known as (
    select
        lead_id,
        channel,
        address
    from addresses

    {% for field in ['email', 'phone'] -%}
        union

        select
            records.lead_id,
            channels.channel,
            {{ trim_blanks('records.' ~ field) }} as address
        from records
        inner join channels
            on channels.address_attribute = '{{ field }}'
        where {{ trim_blanks('records.' ~ field) }} <> ''

    {% endfor -%}
    union

    select
        records.lead_id,
        channels.channel,
        {{ trim_blanks('told.value') }} as address
    from told
    inner join channels
        on told.attribute = channels.address_attribute
    inner join records
        on
            records.record_type = 'lead'
            and told.lead_id = records.record_id
    where {{ trim_blanks('told.value') }} <> ''
),

known_keys as (
    select distinct
        known.lead_id,
        known.channel,
        {{ address_key('known.address', 'channels.compared_digits') }} as address_key
    from known
    inner join channels
        on known.channel = channels.channel
),

written as (
    select distinct
        channel,
        identifier
    from daily_activity
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
        known_keys.lead_id,
        known_keys.channel,
        written_keys.identifier
    from known_keys
    inner join written_keys
        on
            known_keys.channel = written_keys.channel
            and known_keys.address_key = written_keys.address_key

    union

    select
        lead_id,
        channel,
        address as identifier
    from known
)

select * from holders
