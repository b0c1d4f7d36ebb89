-- Who said to be brought by whom, and whether it counts: the first sound claim of each lead, and only of its first level.
with

claims as (
    select * from {{ ref('int_referral_claims') }}
),

leads as (
    select
        lead_id,
        created_at,
        converted_at,
        is_erased
    from {{ ref('int_leads') }}
),

settings as (
    select * from {{ ref('nurture_settings') }}
),

judged as (
    select
        claims.lead_id,
        claims.via,
        claims.via_rank,
        -- the address of whom wants to be forgotten goes no further
        case when referrers.is_erased then referrers.lead_id else claims.claimed end as claimed,
        coalesce(claims.observed_at, leads.created_at) as claimed_at,
        case when claims.holder_count = 1 then claims.referrer_lead_id end as referrer_lead_id,
        leads.converted_at,
        case
            when referrers.lead_id is null or claims.holder_count = 0 then 'nobody known'
            when claims.holder_count > 1 then 'several people'
            -- another record of the same person is the same lead
            when claims.referrer_lead_id = claims.lead_id then 'self'
            -- who was here first, or nobody knows since when, was not brought; so no ring can close
            when coalesce(referrers.created_at >= leads.created_at, true) then 'was here before'
            when claims.observed_at >= {{ dbt.dateadd('day', 'settings.referral_days', 'leads.created_at') }} then 'too late'
        end as refusal
    from claims
    inner join leads
        on claims.lead_id = leads.lead_id
    left join leads as referrers
        on claims.referrer_lead_id = referrers.lead_id
    cross join settings
),

ranked as (
    select
        *,
        row_number() over (
            partition by lead_id
            order by case when refusal is null then 0 else 1 end, claimed_at, via_rank, claimed
        ) as claim_rank
    from judged
)

select
    lead_id,
    via,
    claimed,
    claimed_at,
    referrer_lead_id,
    refusal is null and claim_rank = 1 as is_credited,
    case when refusal is null and claim_rank > 1 then 'came second' else refusal end as refusal,
    case when refusal is null and claim_rank = 1 then converted_at end as converted_at
from ranked
