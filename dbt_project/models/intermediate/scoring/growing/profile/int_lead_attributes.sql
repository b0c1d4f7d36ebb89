-- Everything known of a lead, long: the fields of its records, the CRM's own columns, and observed facts.
{% set names_of_fields = "'" ~ (lead_fields() + ['email_domain_kind']) | join("', '") ~ "'" %}
with

leads as (
    select * from {{ ref('int_leads') }}
    where
        not is_erased
    {{ of_leads_in('int_leads_to_profile', 'and') }}
),

verdicts as (
    select * from {{ ref('int_lead_verdicts') }}
),

other_values as (
    select other_values.*
    from {{ ref('int_lead_other_values') }} as other_values
    semi join leads
        on other_values.lead_id = leads.lead_id
),

field_values as {{ not_kept() }} (
    {% for field in lead_fields() -%}
        select
            lead_id,
            '{{ field }}' as attribute,
            {{ number_text(field) if field == 'annual_revenue' else 'cast(' ~ field ~ ' as string)' }} as value
        from leads

        union all

    {% endfor -%}
    select
        leads.lead_id,
        'email_domain_kind' as attribute,
        verdicts.email_domain_kind as value
    from leads
    inner join verdicts
        on leads.lead_id = verdicts.lead_id
),

attribute_values as (
    select * from field_values

    union all

    select * from other_values
    where attribute not in ({{ names_of_fields }})

    union all

    -- a field has one value a lead: only what is told beside it under its name can repeat something
    select other_values.*
    from other_values
    anti join field_values
        on
            other_values.lead_id = field_values.lead_id
            and other_values.attribute = field_values.attribute
            and other_values.value = field_values.value
    where other_values.attribute in ({{ names_of_fields }})
),

known_values as (
    select *
    from attribute_values
    where {{ trim_blanks('value') }} <> ''
)

select * from known_values
