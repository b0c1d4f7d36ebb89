-- The CRM can show one grade: two default models would overwrite each other every night.
select count(*) as default_models
from {{ ref('scoring_models') }}
where is_default and is_active
having count(*) <> 1
