-- A profile rule on a misspelt attribute scores nobody and says nothing.
with

profile_rules as (
    select * from {{ ref('profile_rules') }}
),

attributes as (
    select * from {{ ref('profile_attributes') }}
),

unknown as (
    select
        profile_rules.scoring_model,
        profile_rules.rule_id,
        profile_rules.attribute
    from profile_rules
    anti join attributes
        on profile_rules.attribute = attributes.attribute
)

select * from unknown
