with

leads as (
    select lead_id from {{ ref('int_leads') }} {{ of_leads_in('int_leads_to_profile') }}
),

criteria as (
    select * from {{ ref('int_active_criteria') }}
    where dimension = 'profile'
),

profile_rules as (
    select * from {{ ref('int_profile_rules_ranked') }}
),

lead_attributes as (
    select * from {{ ref('int_lead_attributes') }} {{ of_leads_in('int_leads_to_profile') }}
),

matches as (
    select * from {{ ref('int_profile_rule_matches') }}
    where percent >= 0
    {{ of_leads_in('int_leads_to_profile', 'and') }}
),

criterion_attributes as (
    select distinct
        criteria.criterion_number,
        profile_rules.attribute
    from profile_rules
    inner join criteria
        on
            profile_rules.scoring_model = criteria.scoring_model
            and profile_rules.criterion = criteria.criterion
),

-- what is said of each criterion of each lead, nothing included
said as (
    select
        matches.lead_id,
        criteria.criterion_number,
        matches.rule_rank,
        matches.value,
        true as is_known
    from matches
    inner join criteria
        on
            matches.scoring_model = criteria.scoring_model
            and matches.criterion = criteria.criterion

    union all

    select
        lead_attributes.lead_id,
        criterion_attributes.criterion_number,
        cast(null as bigint) as rule_rank,
        cast(null as string) as value,
        true as is_known
    from lead_attributes
    inner join criterion_attributes
        on lead_attributes.attribute = criterion_attributes.attribute

    union all

    select
        leads.lead_id,
        criteria.criterion_number,
        cast(null as bigint) as rule_rank,
        cast(null as string) as value,
        false as is_known
    from leads
    cross join criteria
),

best_ranks as (
    select
        lead_id,
        criterion_number,
        min(rule_rank) as rule_rank,
        -- what is matched by its absence has no value, and engines differ in whether such a row is the least
        nullif(min_by(coalesce(value, ''), rule_rank) filter (where rule_rank is not null), '') as value,
        max(is_known) as is_known
    from said
    group by lead_id, criterion_number
),

best_rules as (
    select
        best_ranks.lead_id,
        criteria.scoring_model,
        criteria.criterion,
        coalesce(profile_rules.rule_id, case when best_ranks.is_known then 'no_match' else 'unknown' end) as rule_id,
        coalesce(profile_rules.points, cast(0 as decimal(18, 4))) as points,
        criteria.max_points,
        coalesce(profile_rules.label, {{ dbt.concat([
            lower_case('criteria.label'),
            "case when best_ranks.is_known then ' fits no rule' else ' is not known' end",
        ]) }}) as label,
        best_ranks.value as fact
    from best_ranks
    inner join criteria
        on best_ranks.criterion_number = criteria.criterion_number
    left join profile_rules
        on
            criteria.scoring_model = profile_rules.scoring_model
            and criteria.criterion = profile_rules.criterion
            and best_ranks.rule_rank = profile_rules.rule_rank
)

select * from best_rules
