with

base as (
    select * from {{ ref('base_crm__leads') }}
),

staged as (
    select
        lead_id,
        owner_id,
        campaign_id,
        master_record_id,
        converted_contact_id,
        converted_account_id,
        converted_opportunity_id,
        email,
        first_name,
        last_name,
        phone,
        title,
        is_opted_out,
        is_erased,
        company,
        website,
        industry,
        annual_revenue,
        employee_count,
        country,
        region,
        lead_source,
        status,
        is_deleted,
        extra_columns,
        lead_grade,
        lead_score,
        lead_grade_reason,
        lifecycle_stage,
        lifecycle_stage_since,
        created_at,
        updated_at,
        converted_at,
        valid_from,
        valid_to,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
