-- What profile rules ask, without what an answer is worth: the same rows after a change of weights.
with

profile_rules as (
    select * from {{ ref('int_profile_rules_ranked') }}
),

conditions as (
    select
        scoring_model,
        rule_id,
        attribute,
        operator,
        value,
        range_from,
        range_to
    from profile_rules
)

select * from conditions
