-- Since when each person's records have had what makes a lead of a prospect, requirement by requirement.
{% set fields = ['email', 'phone', 'company', 'website', 'title', 'industry', 'country'] %}
with

versions as (
    select * from {{ ref('stg_crm__leads') }}
    where valid_from <= {{ as_of() }}
),

person_records as (
    select * from {{ ref('int_person_records') }}
),

contact_records as (
    select * from {{ ref('int_crm_records') }}
    where record_type = 'contact'
),

requirements as (
    select * from {{ ref('pool_requirements') }}
),

records as (
    select
        {{ dbt.concat(["'lead:'", "lead_id"]) }} as record_key,
        {{ fields | join(', ') }},
        valid_from
    from versions

    union all

    select
        record_key,
        {{ fields | join(', ') }},
        valid_from
    from contact_records
),

persons as (
    select
        lead_id,
        min(created_at) as created_at
    from person_records
    group by lead_id
),

-- a person whose record of a field was emptied since is still one that we knew it of
met as (
    select
        person_records.lead_id,
        requirements.requirement,
        min(records.valid_from) as met_at
    from records
    inner join person_records
        on records.record_key = person_records.record_key
    inner join requirements
        on
            {% for field in fields -%}
                {{ 'or ' if not loop.first }}(
                    records.{{ field }} is not null
                    and {{ is_listed("'" ~ field ~ "'", 'requirements.fields') }}
                )
            {% endfor %}
    group by person_records.lead_id, requirements.requirement
),

judged as (
    select
        persons.lead_id,
        persons.created_at,
        requirements.requirement,
        requirements.requirement_rank,
        requirements.label,
        met.met_at
    from persons
    cross join requirements
    left join met
        on
            persons.lead_id = met.lead_id
            and requirements.requirement = met.requirement
)

select * from judged
