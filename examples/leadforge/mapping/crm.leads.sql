-- A lead carries the facts of its contact and its account. The last two columns become attributes.
select
    lead_facts.lead_id,
    moved(lead_facts.created_on, lead_facts.created_on) as created_at,
    account_facts.company_name as company,
    contacts.job_title as title,
    account_facts.industry,
    account_facts.annual_revenue,
    account_facts.employee_count,
    account_facts.region,
    lead_facts.lead_source,
    lead_facts.owner_rep_id as owner_id,
    contacts.seniority,
    contacts.buyer_role
from lead_facts
inner join read_parquet(table_file('contacts')) as contacts
    on lead_facts.contact_id = contacts.contact_id
inner join account_facts
    on lead_facts.account_id = account_facts.account_id
order by lead_facts.lead_id
