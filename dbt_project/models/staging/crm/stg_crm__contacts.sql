with

base as (
    select * from {{ ref('base_crm__contacts') }}
),

staged as (
    select
        contact_id,
        account_id,
        owner_id,
        campaign_id,
        master_record_id,
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
        lead_grade,
        lead_score,
        lead_grade_reason,
        lifecycle_stage,
        lifecycle_stage_since,
        created_at,
        updated_at,
        valid_from,
        valid_to,
        loaded_at
    from base
    where row_verdict = 'staged'
)

select * from staged
