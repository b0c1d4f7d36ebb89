-- One text of all that is known of a lead: whose text is another one is profiled anew.
{% set fields = ['created_at', 'is_erased'] + lead_fields() %}
with

leads as (
    select * from {{ ref('int_leads') }}
),

verdicts as (
    select * from {{ ref('int_lead_verdicts') }}
),

other_values as (
    select * from {{ ref('int_lead_other_values') }}
),

of_fields as (
    select
        leads.lead_id,
        {{ fingerprint_of_rows(['verdicts.email_domain_kind', 'leads.' ~ fields | join(', leads.')]) }} as fingerprint
    from leads
    inner join verdicts
        on leads.lead_id = verdicts.lead_id
    group by leads.lead_id
),

of_other_values as (
    select
        lead_id,
        {{ fingerprint_of_rows(['attribute', 'value']) }} as fingerprint
    from other_values
    group by lead_id
),

fingerprints as (
    select
        of_fields.lead_id,
        {{ dbt.concat(["of_fields.fingerprint", "' '", "coalesce(of_other_values.fingerprint, '')"]) }} as fingerprint
    from of_fields
    left join of_other_values
        on of_fields.lead_id = of_other_values.lead_id
)

select * from fingerprints
