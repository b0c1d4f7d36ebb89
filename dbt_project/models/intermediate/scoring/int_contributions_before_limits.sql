with

profile as (
    select * from {{ ref('int_profile_contributions') }}

    union all

    -- every negative rule that fits is a row of its own
    select
        lead_id,
        scoring_model,
        criterion,
        rule_id,
        points,
        max_points,
        label,
        value as fact
    from {{ ref('int_profile_rule_matches') }}
    where percent < 0
),

engagement as (
    select * from {{ ref('int_engagement_band_contributions') }}
    union all
    select * from {{ ref('int_engagement_decay_contributions') }}
    union all
    select * from {{ ref('int_engagement_idle_contributions') }}
    union all
    select * from {{ ref('int_engagement_group_caps') }}
),

contributions as (
    select
        lead_id,
        scoring_model,
        'profile' as dimension,
        criterion,
        rule_id,
        points,
        max_points,
        label,
        fact
    from profile

    union all

    select
        lead_id,
        scoring_model,
        'engagement' as dimension,
        criterion,
        rule_id,
        points,
        max_points,
        label,
        fact
    from engagement
)

select * from contributions
