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

known_fields as (
    {% for field in fields -%}
        select
            {{ dbt.concat(["'lead:'", "lead_id"]) }} as record_key,
            '{{ field }}' as field,
            valid_from as known_since
        from versions
        where {{ field }} is not null

        union all

        select
            record_key,
            '{{ field }}' as field,
            valid_from as known_since
        from contact_records
        where {{ field }} is not null
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
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
        min(known_fields.known_since) as met_at
    from known_fields
    inner join person_records
        on known_fields.record_key = person_records.record_key
    inner join requirements
        on {{ is_listed('known_fields.field', 'requirements.fields') }}
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
