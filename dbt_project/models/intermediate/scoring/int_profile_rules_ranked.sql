with

profile_rules as (
    select * from {{ ref('profile_rules') }}
),

criteria as (
    select * from {{ ref('int_active_criteria') }}
    where dimension = 'profile'
),

ranked as (
    select
        profile_rules.*,
        criteria.max_points,
        cast(round(criteria.max_points * profile_rules.percent * cast(0.01 as decimal(3, 2)), 4) as decimal(18, 4)) as points,
        -- the best rule of a criterion counts; the rank makes "best" a plain minimum
        row_number() over (
            partition by profile_rules.scoring_model, profile_rules.criterion
            order by profile_rules.percent desc, profile_rules.rule_id asc
        ) as rule_rank

    from profile_rules
    inner join criteria
        on
            profile_rules.scoring_model = criteria.scoring_model
            and profile_rules.criterion = criteria.criterion
)

select * from ranked
