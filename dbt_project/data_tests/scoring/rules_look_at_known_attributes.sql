-- A profile rule on an attribute that no lead has, such as a misspelt one, scores nobody and says nothing.
with

attributes as (
    select distinct attribute from {{ ref('int_lead_attributes') }}
),

unknown as (
    select
        rules.scoring_model,
        rules.rule_id,
        rules.attribute
    from {{ ref('profile_rules') }} as rules
    anti join attributes
        on rules.attribute = attributes.attribute
)

select * from unknown
-- without any lead nothing can be said
where exists (select attributes.attribute from attributes)
