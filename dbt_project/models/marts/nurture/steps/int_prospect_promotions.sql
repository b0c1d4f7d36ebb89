-- The first rule by which each prospect without a record has done enough to be asked who it is.
with

prospects as (
    select * from {{ ref('int_prospects') }}
    where left_at is null and lead_id is null
),

daily_activity as (
    select
        *,
        {{ dbt.datediff('activity_date', as_of_date(), 'day') }} as age_days
    from {{ ref('int_identified_activity_daily') }}
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
    inner join daily_activity
        on
            prospects.source = daily_activity.source
            and prospects.prospect_id = daily_activity.identifier
    inner join rules
        on
            prospects.kind = rules.kind
            and daily_activity.activity_type = rules.activity_type
            and (rules.topic is null or daily_activity.topic = rules.topic)
            and daily_activity.age_days < rules.within_days
    group by prospects.source, prospects.prospect_id, rules.rule_id, rules.at_least
    having sum(daily_activity.activity_count) >= rules.at_least
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
