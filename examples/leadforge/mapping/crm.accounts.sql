select
    account_id,
    company_name as name,
    industry,
    annual_revenue,
    employee_count,
    region,
    created_at
from account_facts
order by account_id
