-- One text of all that is known of a lead: whose text is another one is profiled anew.
with

leads as (
    select
        lead_id,
        created_at
    from {{ ref('int_leads') }}
),

lead_attributes as (
    select * from {{ ref('int_lead_attributes') }}
),

known_values as (
    select
        lead_id,
        'created_at' as attribute,
        cast(created_at as string) as value
    from leads

    union all

    select
        lead_id,
        attribute,
        value
    from lead_attributes
),

fingerprints as (
    select
        lead_id,
        {{ fingerprint_of_rows(['attribute', 'value']) }} as fingerprint
    from known_values
    group by lead_id
)

select * from fingerprints
