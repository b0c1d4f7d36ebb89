-- What is told of a lead beside its fields, long: the CRM's own columns, and observed facts.
with

extra_values as (
    select * from {{ ref('int_lead_extra_values') }}
),

person_records as (
    select * from {{ ref('int_person_records') }}
    where record_type = 'lead'
),

observed as (
    select * from {{ ref('stg_crm__lead_attributes') }}
    where observed_at is null or observed_at <= {{ last_moment(ref('stg_crm__lead_attributes'), ['observed_at']) }}
),

observed_values as (
    select
        person_records.lead_id,
        observed.attribute,
        observed.value
    from observed
    inner join person_records
        on observed.lead_id = person_records.record_id
),

other_values as (
    select * from extra_values
    union
    select * from observed_values
)

select * from other_values
