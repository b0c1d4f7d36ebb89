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

profile_rules as (
    select * from {{ ref('int_profile_rules_ranked') }}
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
        profile_rules.scoring_model,
        profile_rules.rule_id,
        cast(null as string) as value
    from leads
    cross join profile_rules
    anti join lead_attributes
        on
            leads.lead_id = lead_attributes.lead_id
            and profile_rules.attribute = lead_attributes.attribute
    where profile_rules.operator = 'unknown'
),

all_matches as (
    select * from matched_by_value
    union all
    select * from matched_by_absence
),

with_rules as (
    select
        all_matches.lead_id,
        all_matches.scoring_model,
        profile_rules.criterion,
        all_matches.rule_id,
        profile_rules.rule_rank,
        profile_rules.percent,
        profile_rules.points,
        profile_rules.max_points,
        profile_rules.is_disqualifying,
        profile_rules.label,
        profile_rules.attribute,
        all_matches.value
    from all_matches
    inner join profile_rules
        on
            all_matches.scoring_model = profile_rules.scoring_model
            and all_matches.rule_id = profile_rules.rule_id
)

select * from with_rules
