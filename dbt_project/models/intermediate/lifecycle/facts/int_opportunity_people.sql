-- Whose opportunity it is: of the record that was converted into it, and of its primary contacts.
with

leads as (
    select * from {{ ref('stg_crm__leads') }}
    where {{ valid_at_as_of(ref('stg_crm__leads')) }}
),

contacts as (
    select * from {{ ref('stg_crm__opportunity_contacts') }}
    where is_primary
),

identities as (
    select * from {{ ref('int_identities') }}
),

records as (
    select
        'lead' as record_type,
        lead_id as record_id,
        converted_opportunity_id as opportunity_id
    from leads
    where converted_opportunity_id is not null

    union all

    select
        'contact' as record_type,
        contact_id as record_id,
        opportunity_id
    from contacts
),

people as (
    select distinct
        records.opportunity_id,
        identities.lead_id
    from records
    inner join identities
        on
            records.record_type = identities.identifier_type
            and records.record_id = identities.identifier
)

select * from people
