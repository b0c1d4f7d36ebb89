-- The first rule by which each prospect without a record has done enough to be asked who it is.
with

prospects as (
    select * from {{ ref('int_prospects') }}
    where left_at is null and lead_id is null
),

identified_activities as (
    select
        *,
        {{ dbt.datediff('activity_date', as_of_date(), 'day') }} as age_days
    from {{ ref('int_identified_activities') }}
    where lead_id is null and is_engagement and bot_reason is null
),

rules as (
    select * from {{ ref('pool_promotion_rules') }}
),

fitting as (
    select
        prospects.source,
        prospects.prospect_id,
        rules.rule_id
    from prospects
    inner join identified_activities
        on
            prospects.source = identified_activities.source
            and prospects.prospect_id = identified_activities.identifier
    inner join rules
        on
            prospects.kind = rules.kind
            and identified_activities.activity_type = rules.activity_type
            and (rules.topic is null or identified_activities.topic = rules.topic)
            and identified_activities.age_days < rules.within_days
    group by prospects.source, prospects.prospect_id, rules.rule_id, rules.at_least
    having count(*) >= rules.at_least
),

first_rules as (
    select
        source,
        prospect_id,
        min(rule_id) as rule_id
    from fitting
    group by source, prospect_id
)

select
    first_rules.source,
    first_rules.prospect_id,
    first_rules.rule_id,
    rules.label
from first_rules
inner join rules
    on first_rules.rule_id = rules.rule_id
