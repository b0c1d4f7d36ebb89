-- Leads of whom something else is known than when they were last profiled; nobody where everybody is profiled anew.
with

fingerprints as (
    select * from {{ ref('int_lead_fingerprints') }}
),

profiled as (
    select * from {{ fingerprints_when('profiled', 'int_leads_to_profile') }}
),

{{ changed_fingerprints('profiled') }}

select * from changed_leads
