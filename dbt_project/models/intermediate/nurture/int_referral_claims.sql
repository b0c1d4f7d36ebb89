-- What was said about who brought whom, by each way that the seed knows; the person named may be anybody or nobody.
with

signals as (
    select * from {{ ref('referral_signals') }}
),

told_values as (
    select
        lead_id,
        attribute,
        value,
        min(observed_at) as observed_at
    from {{ ref('int_told_values') }}
    group by lead_id, attribute, value
),

visits as (
    select
        lead_id,
        {{ lower_case(trim_blanks('referral_code')) }} as value,
        min(occurred_at) as observed_at
    from {{ ref('int_nurture_touches') }}
    where referral_code is not null
    group by lead_id, {{ lower_case(trim_blanks('referral_code')) }}
),

claims as (
    select
        signals.via,
        signals.via_rank,
        signals.own_attribute,
        told_values.lead_id,
        told_values.value as claimed,
        told_values.observed_at
    from signals
    inner join told_values
        on signals.used_attribute = told_values.attribute

    union all

    select
        signals.via,
        signals.via_rank,
        signals.own_attribute,
        visits.lead_id,
        visits.value as claimed,
        visits.observed_at
    from signals
    cross join visits
    where signals.utm_medium is not null
),

-- a code belongs to who has it as its own; without codes of one's own a name is an id or an address
known_names as (
    select
        attribute as own_attribute,
        value as name,
        min(lead_id) as referrer_lead_id,
        count(distinct lead_id) as holder_count
    from told_values
    group by attribute, value

    union all

    select
        '' as own_attribute,
        {{ lower_case('identifier') }} as name,
        min(lead_id) as referrer_lead_id,
        count(distinct lead_id) as holder_count
    from {{ ref('int_identities') }}
    group by {{ lower_case('identifier') }}
),

named as (
    select
        claims.lead_id,
        claims.via,
        claims.via_rank,
        claims.claimed,
        claims.observed_at,
        known_names.referrer_lead_id,
        coalesce(known_names.holder_count, 0) as holder_count
    from claims
    left join known_names
        on
            coalesce(claims.own_attribute, '') = known_names.own_attribute
            and claims.claimed = known_names.name
)

select * from named
