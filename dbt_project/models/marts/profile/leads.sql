-- One row a person.
with

leads as (
    select * from {{ ref('int_leads') }}
),

verdicts as (
    select * from {{ ref('int_lead_verdicts') }}
),

opt_outs as (
    select * from {{ ref('int_opt_outs') }}
),

described as (
    select
        leads.lead_id,
        leads.crm_object,
        leads.crm_record_id,
        leads.email,
        leads.first_name,
        leads.last_name,
        leads.phone,
        leads.company,
        leads.website,
        leads.title,
        leads.industry,
        leads.annual_revenue,
        leads.employee_count,
        leads.country,
        leads.region,
        leads.lead_source,
        leads.campaign_id,
        leads.status,
        leads.owner_id,
        verdicts.email_domain,
        verdicts.email_domain_kind,
        verdicts.is_test,
        leads.is_deleted,
        leads.is_erased or coalesce(leads.is_opted_out_in_crm, false) or opt_outs.lead_id is not null as is_opted_out,
        leads.is_erased,
        opt_outs.opted_out_at,
        coalesce(opt_outs.is_by_robot, false) as is_opted_out_by_robot,
        leads.converted_at,
        leads.record_count,
        leads.created_at,
        leads.updated_at
    from leads
    inner join verdicts
        on leads.lead_id = verdicts.lead_id
    left join opt_outs
        on leads.lead_id = opt_outs.lead_id
)

select * from described
