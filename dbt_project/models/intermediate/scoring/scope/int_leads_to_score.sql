-- Leads of whom something else is known, or was counted, than when they were last scored; nobody where everybody is.
with

fingerprints as (
    select * from {{ ref('int_lead_fingerprints') }}
),

scored as (
    select * from {{ fingerprints_when('scored', 'int_leads_to_score') }}
),

{{ changed_fingerprints('scored') }},

touched_leads as (
    select * from {{ touched_leads(ref('lead_activity_daily')) }}
),

leads as (
    select lead_id from changed_leads
    union
    select lead_id from touched_leads
    where lead_id is not null
)

select * from leads
