-- Rules meet each distinct value once, however many leads share it.
with

lead_attributes as (
    select * from {{ ref('int_lead_attributes') }}
),

conditions as (
    select * from {{ ref('int_profile_conditions') }}
),

attribute_values as (
    select distinct
        lead_attributes.attribute,
        lead_attributes.value,
        {{ lower_case(trim_blanks('lead_attributes.value')) }} as compared_value,
        {{ plain_number('lead_attributes.value') }} as number
    from lead_attributes
    semi join conditions
        on lead_attributes.attribute = conditions.attribute
),

wanted_values as (
    select
        scoring_model,
        rule_id,
        attribute,
        operator,
        {{ lower_case(trim_blanks('value')) }} as wanted_value
    from conditions
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
        from conditions
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
        conditions.scoring_model,
        conditions.rule_id,
        attribute_values.attribute,
        attribute_values.value
    from attribute_values
    inner join conditions
        on
            attribute_values.attribute = conditions.attribute
            and (
                conditions.operator = 'known'
                or (
                    conditions.operator = 'between'
                    and abs(attribute_values.number) < cast('infinity' as double)
                    and (
                        conditions.range_from is null
                        or attribute_values.number >= conditions.range_from
                    )
                    and (
                        conditions.range_to is null
                        or attribute_values.number < conditions.range_to
                    )
                )
            )
)

select * from matches
