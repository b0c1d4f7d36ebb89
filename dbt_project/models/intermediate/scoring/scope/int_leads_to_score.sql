-- Leads of whom something else is known, or was counted, than when they were last scored; nobody where everybody is.
-- Whether the rules are those of last time is asked here, so they come first:
-- depends_on: {{ ref('scoring_models') }}
-- depends_on: {{ ref('scoring_criteria') }}
-- depends_on: {{ ref('profile_rules') }}
-- depends_on: {{ ref('engagement_band_rules') }}
-- depends_on: {{ ref('engagement_decay_rules') }}
-- depends_on: {{ ref('engagement_idle_rules') }}
-- depends_on: {{ ref('grade_bands') }}
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
