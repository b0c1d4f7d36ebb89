select
    'calls' as list,
    lead_id,
    '+1 (555) 01-' || right(lead_id, 2) as address,
    case lead_id when 'L001' then '=cmd|'' /C calc''!A0' when 'L002' then '+SUM(A1)' else 'Ann, "A"' end as first_name,
    {{ as_of() }} as earliest_at
from {{ ref('stg_people') }}
where lead_id <> 'L004'
