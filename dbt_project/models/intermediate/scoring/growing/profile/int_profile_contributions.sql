with

leads as (
    select lead_id from {{ ref('int_leads') }}
    {{ of_leads_in('int_leads_to_profile') }}
),

criteria as (
    select * from {{ ref('int_active_criteria') }}
    where dimension = 'profile'
),

profile_rules as (
    select * from {{ ref('int_profile_rules_ranked') }}
),

lead_attributes as (
    select * from {{ ref('int_lead_attributes') }}
    {{ of_leads_in('int_leads_to_profile') }}
),

matches as (
    select * from {{ ref('int_profile_rule_matches') }}
    {{ of_leads_in('int_leads_to_profile') }}
),

best_ranks as (
    select
        lead_id,
        scoring_model,
        criterion,
        min(rule_rank) as rule_rank
    from matches
    where percent >= 0
    group by lead_id, scoring_model, criterion
),

known_criteria as (
    select distinct
        lead_attributes.lead_id,
        profile_rules.scoring_model,
        profile_rules.criterion
    from lead_attributes
    inner join profile_rules
        on lead_attributes.attribute = profile_rules.attribute
),

best_rules as (
    select
        leads.lead_id,
        criteria.scoring_model,
        criteria.criterion,
        coalesce(
            matches.rule_id, case when known_criteria.lead_id is null then 'unknown' else 'no_match' end
        ) as rule_id,
        coalesce(matches.points, cast(0 as decimal(18, 4))) as points,
        criteria.max_points,
        coalesce(
            matches.label,
            {{ dbt.concat([
                lower_case('criteria.label'),
                "case when known_criteria.lead_id is null then ' is not known' else ' fits no rule' end",
            ]) }}
        ) as label,
        matches.value as fact
    from leads
    cross join criteria
    left join best_ranks
        on
            leads.lead_id = best_ranks.lead_id
            and criteria.scoring_model = best_ranks.scoring_model
            and criteria.criterion = best_ranks.criterion
    left join matches
        on
            best_ranks.lead_id = matches.lead_id
            and best_ranks.scoring_model = matches.scoring_model
            and best_ranks.criterion = matches.criterion
            and best_ranks.rule_rank = matches.rule_rank
    left join known_criteria
        on
            leads.lead_id = known_criteria.lead_id
            and criteria.scoring_model = known_criteria.scoring_model
            and criteria.criterion = known_criteria.criterion
),

negative_rules as (
    select
        lead_id,
        scoring_model,
        criterion,
        rule_id,
        points,
        max_points,
        label,
        value as fact
    from matches
    where percent < 0
)

select * from best_rules
union all
select * from negative_rules
