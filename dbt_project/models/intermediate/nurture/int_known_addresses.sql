-- By which addresses a person is known on each channel, from whatever record, and what tells that two of them are the same.
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

with_keys as (
    select
        known.*,
        {{ address_key('known.address', 'channels.compared_digits') }} as address_key
    from known
    inner join channels
        on known.channel = channels.channel
)

select * from with_keys
