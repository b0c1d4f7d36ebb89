-- Which leads each segment rule fits. Rules meet each distinct value once.
with

facts as (
    select * from {{ ref('int_lead_facts') }}
),

leads as (
    select lead_id from {{ ref('int_leads') }}
),

rules as (
    select * from {{ ref('segment_rules') }}
),

fact_values as (
    select distinct
        facts.fact,
        facts.value,
        {{ lower_case(trim_blanks('facts.value')) }} as compared_value,
        {{ plain_number('facts.value') }} as number
    from facts
    semi join rules
        on facts.fact = rules.fact
),

wanted_values as (
    select
        segment,
        rule_id,
        fact,
        operator,
        {{ lower_case(trim_blanks('wanted_value')) }} as wanted_value
    from (
        select
            segment,
            rule_id,
            fact,
            operator,
            {{ explode_text('value', '|') }} as wanted_value
        from rules
        where operator in ('in', 'like')
    ) as listed
),

value_matches as (
    select
        wanted_values.segment,
        wanted_values.rule_id,
        fact_values.fact,
        fact_values.value
    from fact_values
    inner join wanted_values
        on
            fact_values.fact = wanted_values.fact
            and (
                (wanted_values.operator = 'in' and fact_values.compared_value = wanted_values.wanted_value)
                or (wanted_values.operator = 'like' and fact_values.compared_value like wanted_values.wanted_value)
            )

    union

    select
        rules.segment,
        rules.rule_id,
        fact_values.fact,
        fact_values.value
    from fact_values
    inner join rules
        on
            fact_values.fact = rules.fact
            and (
                rules.operator = 'known'
                or (
                    rules.operator = 'between'
                    and (rules.range_from is null or fact_values.number >= rules.range_from)
                    and (rules.range_to is null or fact_values.number < rules.range_to)
                    and fact_values.number is not null
                )
            )
),

matches as (
    select distinct
        facts.lead_id,
        value_matches.segment,
        value_matches.rule_id
    from facts
    inner join value_matches
        on
            facts.fact = value_matches.fact
            and facts.value = value_matches.value

    union all

    select
        leads.lead_id,
        rules.segment,
        rules.rule_id
    from leads
    cross join rules
    anti join facts
        on
            leads.lead_id = facts.lead_id
            and rules.fact = facts.fact
    where rules.operator = 'unknown'
)

select * from matches
