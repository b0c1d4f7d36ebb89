-- What was said about a person and when, by observed facts and by the CRM's own columns; nothing is chosen or merged yet.
with

observed as (
    select * from {{ ref('stg_crm__lead_attributes') }}
    where observed_at is null or observed_at <= {{ as_of() }}
),

extra_columns as (
    select * from {{ ref('stg_crm__lead_extra_columns') }}
    where {{ valid_at_as_of(ref('stg_crm__leads')) }}
),

person_records as (
    select * from {{ ref('int_person_records') }}
    where record_type = 'lead'
),

erased as (
    select lead_id from {{ ref('int_leads') }}
    where is_erased
),

told as (
    select
        lead_id as record_id,
        attribute,
        value,
        observed_at
    from observed

    union all

    select
        lead_id as record_id,
        attribute,
        value,
        valid_from as observed_at
    from extra_columns
),

told_values as (
    select
        person_records.lead_id,
        told.attribute,
        {{ lower_case(trim_blanks('told.value')) }} as value,
        told.observed_at
    from told
    inner join person_records
        on told.record_id = person_records.record_id
    anti join erased
        on person_records.lead_id = erased.lead_id
    where {{ trim_blanks('told.value') }} <> ''
)

select * from told_values
