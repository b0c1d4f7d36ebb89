-- Leads and contacts in one shape: each record's version that was valid at the as-of time.
with

leads as (
    select * from {{ ref('stg_crm__leads') }}
    where {{ valid_at_as_of(ref('stg_crm__leads')) }}
),

contacts as (
    select * from {{ ref('stg_crm__contacts') }}
    where {{ valid_at_as_of(ref('stg_crm__contacts')) }}
),

accounts as (
    select * from {{ ref('stg_crm__accounts') }}
    where {{ valid_at_as_of(ref('stg_crm__accounts')) }}
),

lead_records as (
    select
        'lead' as record_type,
        lead_id as record_id,
        company,
        website,
        industry,
        annual_revenue,
        employee_count,
        country,
        region,
        converted_contact_id,
        converted_at,
        {{ crm_record_columns() }}
    from leads
),

contact_records as (
    select
        'contact' as record_type,
        contacts.contact_id as record_id,
        coalesce(contacts.company, accounts.name) as company,
        coalesce(contacts.website, accounts.website) as website,
        coalesce(contacts.industry, accounts.industry) as industry,
        coalesce(contacts.annual_revenue, accounts.annual_revenue) as annual_revenue,
        coalesce(contacts.employee_count, accounts.employee_count) as employee_count,
        coalesce(contacts.country, accounts.country) as country,
        coalesce(contacts.region, accounts.region) as region,
        cast(null as string) as converted_contact_id,
        cast(null as timestamp) as converted_at,
        {{ crm_record_columns('contacts') }}
    from contacts
    left join accounts
        on contacts.account_id = accounts.account_id
),

records as (
    select * from lead_records
    union all
    select * from contact_records
)

select
    {{ dbt.concat(["record_type", "':'", "record_id"]) }} as record_key,
    records.*
from records
