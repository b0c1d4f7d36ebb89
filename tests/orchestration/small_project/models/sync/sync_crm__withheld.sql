select lead_id, 'near_an_edge' as reason, 'grade' as field
from {{ ref('stg_people') }}
where lead_id = 'L003'
