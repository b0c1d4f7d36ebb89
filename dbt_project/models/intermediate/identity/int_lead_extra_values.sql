-- The CRM's own columns, long: of a lead's records the value of the one that counts most and has one.
with

extra_columns as (
    select * from {{ ref('stg_crm__lead_extra_columns') }}
    where {{ valid_at_as_of(ref('stg_crm__leads')) }}
),

person_records as (
    select * from {{ ref('int_person_records') }}
    where record_type = 'lead'
),

extra_values as (
    select
        person_records.lead_id,
        extra_columns.attribute,
        min_by(extra_columns.value, person_records.value_rank) filter (where {{ trim_blanks('extra_columns.value') }} <> '') as value
    from extra_columns
    inner join person_records
        on extra_columns.lead_id = person_records.record_id
    group by person_records.lead_id, extra_columns.attribute
)

select * from extra_values
