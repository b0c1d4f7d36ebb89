-- Rules meet each distinct value once, however many leads share it.
with

lead_attributes as (
    select * from {{ ref('int_lead_attributes') }}
),

profile_rules as (
    select * from {{ ref('int_profile_rules_ranked') }}
),

attribute_values as (
    select distinct
        lead_attributes.attribute,
        lead_attributes.value,
        {{ lower_case(trim_blanks('lead_attributes.value')) }} as compared_value,
        {{ plain_number('lead_attributes.value') }} as number
    from lead_attributes
    semi join profile_rules
        on lead_attributes.attribute = profile_rules.attribute
),

wanted_values as (
    select
        scoring_model,
        rule_id,
        attribute,
        operator,
        {{ lower_case(trim_blanks('value')) }} as wanted_value
    from profile_rules
    where operator = 'equals'

    union all

    select
        scoring_model,
        rule_id,
        attribute,
        operator,
        {{ lower_case(trim_blanks('wanted_value')) }} as wanted_value
    from (
        select
            scoring_model,
            rule_id,
            attribute,
            operator,
            {{ explode_text('value', '|') }} as wanted_value
        from profile_rules
        where operator in ('in', 'like')
    ) as listed
),

matches as (
    select
        wanted_values.scoring_model,
        wanted_values.rule_id,
        attribute_values.attribute,
        attribute_values.value
    from attribute_values
    inner join wanted_values
        on
            attribute_values.attribute = wanted_values.attribute
            and attribute_values.compared_value = wanted_values.wanted_value
    where wanted_values.operator in ('equals', 'in')

    union

    select
        wanted_values.scoring_model,
        wanted_values.rule_id,
        attribute_values.attribute,
        attribute_values.value
    from attribute_values
    inner join wanted_values
        on
            attribute_values.attribute = wanted_values.attribute
            and attribute_values.compared_value like wanted_values.wanted_value
    where wanted_values.operator = 'like'

    union

    select
        profile_rules.scoring_model,
        profile_rules.rule_id,
        attribute_values.attribute,
        attribute_values.value
    from attribute_values
    inner join profile_rules
        on
            attribute_values.attribute = profile_rules.attribute
            and (
                profile_rules.operator = 'known'
                or (
                    profile_rules.operator = 'between'
                    and abs(attribute_values.number) < cast('infinity' as double)
                    and (
                        profile_rules.range_from is null
                        or attribute_values.number >= profile_rules.range_from
                    )
                    and (
                        profile_rules.range_to is null
                        or attribute_values.number < profile_rules.range_to
                    )
                )
            )
)

select * from matches
