-- Two leads that bring each other, or one that brings itself, earn rewards for nobody.
with

credited as (
    select * from {{ ref('referrals') }}
    where is_credited
),

leads as (
    select * from {{ ref('leads') }}
)

select credited.lead_id
from credited
inner join leads
    on credited.lead_id = leads.lead_id
inner join leads as referrers
    on credited.referrer_lead_id = referrers.lead_id
where referrers.created_at >= leads.created_at

union all

select lead_id
from credited
group by lead_id
having count(*) > 1
