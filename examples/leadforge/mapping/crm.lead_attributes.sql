select
    lead_id,
    'opportunity_state' as attribute,
    state as value,
    coalesce(closed_at, created_at) as observed_at
from known_opportunities
order by lead_id, opportunity_id
