select lead_id, object, record_id, 'lead_grade' as field, grade as new_value, 'text' as value_type
from {{ ref('stg_people') }}
union all
select lead_id, object, record_id, 'lead_score', cast(score as varchar), 'number'
from {{ ref('stg_people') }}
