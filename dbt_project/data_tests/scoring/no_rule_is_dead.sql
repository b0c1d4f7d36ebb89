-- A rule that another one always beats never counts: someone believes in a weight that does nothing.
with

band_rules as (
    select * from {{ ref('engagement_band_rules') }}
),

profile_rules as (
    select * from {{ ref('profile_rules') }}
    where percent >= 0
),

beaten_band_rules as (
    select
        'engagement_band_rules' as seed,
        beaten.scoring_model,
        beaten.rule_id,
        winner.rule_id as beaten_by
    from band_rules as beaten
    inner join band_rules as winner
        on
            beaten.scoring_model = winner.scoring_model
            and beaten.criterion = winner.criterion
            and beaten.rule_id <> winner.rule_id
            and beaten.activity_type = winner.activity_type
            and coalesce(winner.topic, coalesce(beaten.topic, '')) = coalesce(beaten.topic, '')
            and coalesce(winner.channel, coalesce(beaten.channel, '')) = coalesce(beaten.channel, '')
            and winner.at_least <= beaten.at_least
            and winner.within_days >= beaten.within_days
            and (winner.percent > beaten.percent or (winner.percent = beaten.percent and winner.rule_id < beaten.rule_id))
),

beaten_profile_rules as (
    select
        'profile_rules' as seed,
        beaten.scoring_model,
        beaten.rule_id,
        winner.rule_id as beaten_by
    from profile_rules as beaten
    inner join profile_rules as winner
        on
            beaten.scoring_model = winner.scoring_model
            and beaten.criterion = winner.criterion
            and beaten.rule_id <> winner.rule_id
            and beaten.attribute = winner.attribute
            and beaten.operator = winner.operator
            and beaten.operator not in ('known', 'unknown')
            and coalesce(beaten.value, '') = coalesce(winner.value, '')
            and (beaten.range_from >= winner.range_from or winner.range_from is null)
            and (beaten.range_to <= winner.range_to or winner.range_to is null)
            and (winner.percent > beaten.percent or (winner.percent = beaten.percent and winner.rule_id < beaten.rule_id))
)

select * from beaten_band_rules
union all
select * from beaten_profile_rules
