-- One row a person: the surviving record's id, the best known value of each field, the record to write to.
with

person_records as (
    select * from {{ ref('int_person_records') }}
),

merged as (
    select
        lead_id,
        min(created_at) as created_at,
        max(updated_at) as updated_at,
        {% for column in [
            'email', 'first_name', 'last_name', 'phone', 'title', 'company', 'website', 'industry', 'annual_revenue',
            'employee_count', 'country', 'region', 'lead_source', 'campaign_id', 'status', 'owner_id'
        ] -%}
            {{ best_known(column, 'value_rank') }},
        {% endfor -%}
        min(converted_at) as converted_at,
        max(is_opted_out) as is_opted_out_in_crm,
        coalesce(max(is_erased), false) as is_erased,
        count(*) as record_count
    from person_records
    group by lead_id
),

write_targets as (
    select
        lead_id,
        record_type as crm_object,
        record_id as crm_record_id
    from person_records
    where value_rank = 1 and is_live
),

leads as (
    select
        merged.lead_id,
        merged.created_at,
        merged.updated_at,
        -- of whom wants to be forgotten, nothing personal goes on from here
        {% for column in ['email', 'first_name', 'last_name', 'phone', 'title'] -%}
            case when not merged.is_erased then merged.{{ column }} end as {{ column }},
        {% endfor -%}
        merged.company,
        merged.website,
        merged.industry,
        merged.annual_revenue,
        merged.employee_count,
        merged.country,
        merged.region,
        merged.lead_source,
        merged.campaign_id,
        merged.status,
        merged.owner_id,
        merged.converted_at,
        merged.is_opted_out_in_crm,
        merged.is_erased,
        merged.record_count,
        write_targets.crm_object,
        write_targets.crm_record_id,
        write_targets.crm_record_id is null as is_deleted
    from merged
    left join write_targets
        on merged.lead_id = write_targets.lead_id
)

select * from leads
