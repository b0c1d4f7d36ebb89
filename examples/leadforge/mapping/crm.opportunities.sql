-- The stage of a deal that is still open on day 30 is not recorded: the table only keeps the last one.
select
    opportunity_id,
    account_id,
    created_at,
    estimated_acv as amount,
    state = 'closed_won' as is_won,
    closed_at is not null as is_closed,
    closed_at,
    lead_source,
    owner_rep_id as owner_id
from known_opportunities
order by opportunity_id
