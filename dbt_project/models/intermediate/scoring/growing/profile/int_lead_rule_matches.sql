-- Which rule fits which lead, whatever it is worth: a changed weight leaves it as it is.
with

leads as (
    select lead_id from {{ ref('int_leads') }}
    {{ of_leads_in('int_leads_to_profile') }}
),

lead_attributes as (
    select * from {{ ref('int_lead_attributes') }}
    {{ of_leads_in('int_leads_to_profile') }}
),

value_matches as (
    select * from {{ ref('int_profile_value_matches') }}
),

conditions as (
    select * from {{ ref('int_profile_conditions') }}
),

matched_by_value as (
    select
        lead_attributes.lead_id,
        value_matches.scoring_model,
        value_matches.rule_id,
        min(lead_attributes.value) as value
    from lead_attributes
    inner join value_matches
        on
            lead_attributes.attribute = value_matches.attribute
            and lead_attributes.value = value_matches.value
    group by lead_attributes.lead_id, value_matches.scoring_model, value_matches.rule_id
),

matched_by_absence as (
    select
        leads.lead_id,
        conditions.scoring_model,
        conditions.rule_id,
        cast(null as string) as value
    from leads
    cross join conditions
    anti join lead_attributes
        on
            leads.lead_id = lead_attributes.lead_id
            and conditions.attribute = lead_attributes.attribute
    where conditions.operator = 'unknown'
),

all_matches as (
    select * from matched_by_value
    union all
    select * from matched_by_absence
)

select * from all_matches
