-- The CRM can show one stage: with two default funnels it would be rewritten every night, with none it would stay as it is.
select count(*) as default_funnels
from {{ ref('lifecycle_models') }}
where is_default and is_active
having count(*) <> 1
