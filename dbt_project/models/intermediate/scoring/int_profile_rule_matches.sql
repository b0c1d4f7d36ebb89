with

matches as (
    select * from {{ ref('int_lead_rule_matches') }}
),

profile_rules as (
    select * from {{ ref('int_profile_rules_ranked') }}
),

with_rules as (
    select
        matches.lead_id,
        matches.scoring_model,
        profile_rules.criterion,
        matches.rule_id,
        profile_rules.rule_rank,
        profile_rules.percent,
        profile_rules.points,
        profile_rules.max_points,
        profile_rules.is_disqualifying,
        profile_rules.label,
        profile_rules.attribute,
        matches.value
    from matches
    inner join profile_rules
        on
            matches.scoring_model = profile_rules.scoring_model
            and matches.rule_id = profile_rules.rule_id
)

select * from with_rules
