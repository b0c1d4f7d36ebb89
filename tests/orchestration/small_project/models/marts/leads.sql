select lead_id, {{ as_of() }} as as_of from {{ ref('stg_people') }}
