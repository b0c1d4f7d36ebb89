-- A misspelt criterion, operator or activity gives no error and no points: it has to be refused here.
with

criteria as (
    select * from {{ ref('scoring_criteria') }}
),

profile_rules as (
    select
        'profile_rules' as seed,
        rules.scoring_model,
        rules.rule_id,
        case
            when criteria.shape is null or criteria.shape <> 'profile' then 'criterion is no profile criterion of the model'
            when rules.operator not in ('equals', 'in', 'like', 'between', 'known', 'unknown') then 'unknown operator'
            when rules.operator in ('equals', 'in', 'like') and rules.value is null then 'value is blank'
            when rules.operator = 'between' and rules.range_from is null and rules.range_to is null then 'range is blank'
            when rules.range_to <= rules.range_from then 'range is empty'
            when rules.percent is null or abs(rules.percent) > 100 then 'percent is not within -100 to 100'
            when rules.is_disqualifying is null then 'is_disqualifying is blank'
        end as problem
    from {{ ref('profile_rules') }} as rules
    left join criteria
        on
            rules.scoring_model = criteria.scoring_model
            and rules.criterion = criteria.criterion
),

band_rules as (
    select
        'engagement_band_rules' as seed,
        rules.scoring_model,
        rules.rule_id,
        case
            when criteria.shape is null or criteria.shape <> 'bands' then 'criterion is no bands criterion of the model'
            when rules.at_least is null or rules.at_least < 1 then 'at_least is below 1'
            when rules.within_days is null or rules.within_days < 1 then 'within_days is below 1'
            when rules.percent is null or rules.percent not between 0 and 100 then 'percent is not within 0 to 100'
        end as problem
    from {{ ref('engagement_band_rules') }} as rules
    left join criteria
        on
            rules.scoring_model = criteria.scoring_model
            and rules.criterion = criteria.criterion
),

decay_rules as (
    select
        'engagement_decay_rules' as seed,
        rules.scoring_model,
        rules.rule_id,
        case
            when criteria.shape is null or criteria.shape <> 'decay' then 'criterion is no decay criterion of the model'
            when rules.decay not in ('half_life', 'linear', 'none') then 'unknown decay'
            when rules.decay <> 'none' and (rules.decay_days is null or rules.decay_days <= 0) then 'decay_days is not above 0'
            when rules.cap_per_day < 0 or rules.cap_per_rule < 0 then 'a cap is a size: give it without a sign'
            when rules.points is null then 'points are blank'
        end as problem
    from {{ ref('engagement_decay_rules') }} as rules
    left join criteria
        on
            rules.scoring_model = criteria.scoring_model
            and rules.criterion = criteria.criterion
),

idle_rules as (
    select
        'engagement_idle_rules' as seed,
        rules.scoring_model,
        rules.rule_id,
        case
            when criteria.shape is null or criteria.shape <> 'decay' then 'criterion is no decay criterion of the model'
            when rules.idle_days is null or rules.idle_days < 1 then 'idle_days is below 1'
            when rules.max_periods is null or rules.max_periods < 1 then 'max_periods is below 1'
        end as problem
    from {{ ref('engagement_idle_rules') }} as rules
    left join criteria
        on
            rules.scoring_model = criteria.scoring_model
            and rules.criterion = criteria.criterion
),

problems as (
    select * from profile_rules
    union all
    select * from band_rules
    union all
    select * from decay_rules
    union all
    select * from idle_rules
)

select * from problems
where problem is not null
