-- Everything known of a lead, long: the fields of its records, the CRM's own columns, and observed facts.
{% set fields = [
    'email', 'phone', 'company', 'website', 'title', 'industry', 'annual_revenue', 'employee_count', 'country', 'region',
    'lead_source', 'campaign_id', 'status'
] %}
{% set names_of_fields = "'" ~ (fields + ['email_domain_kind']) | join("', '") ~ "'" %}
with

leads as (
    select * from {{ ref('int_leads') }}
),

verdicts as (
    select * from {{ ref('int_lead_verdicts') }}
),

person_records as (
    select * from {{ ref('int_person_records') }}
    where record_type = 'lead'
),

erased as (
    select lead_id from leads
    where is_erased
),

extra_values as (
    select * from {{ ref('int_lead_extra_values') }}
),

observed as (
    select * from {{ ref('stg_crm__lead_attributes') }}
    where observed_at is null or observed_at <= {{ last_moment(ref('stg_crm__lead_attributes'), ['observed_at']) }}
),

field_values as {{ not_kept() }} (
    {% for field in fields -%}
        select
            lead_id,
            '{{ field }}' as attribute,
            {{ number_text(field) if field == 'annual_revenue' else 'cast(' ~ field ~ ' as string)' }} as value
        from leads

        union all

    {% endfor -%}
    select
        lead_id,
        'email_domain_kind' as attribute,
        email_domain_kind as value
    from verdicts
),

observed_values as (
    select
        person_records.lead_id,
        observed.attribute,
        observed.value
    from observed
    inner join person_records
        on observed.lead_id = person_records.record_id
),

other_values as (
    select * from extra_values
    union
    select * from observed_values
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
    select attribute_values.*
    from attribute_values
    anti join erased
        on attribute_values.lead_id = erased.lead_id
    where {{ trim_blanks('value') }} <> ''
)

select * from known_values
