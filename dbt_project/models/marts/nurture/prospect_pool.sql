-- Who is known to the brand but no lead to work on now: what it did, what is missing, and which rule would promote it.
with

prospects as (
    select * from {{ ref('int_prospects') }}
    where left_at is null
),

activity as (
    select * from {{ ref('int_prospect_activity') }}
),

promotions as (
    select * from {{ ref('int_prospect_promotions') }}
),

required_fields as (
    select * from {{ ref('int_required_fields') }}
    where met_at is null
),

ownership as (
    select * from {{ ref('lead_ownership') }}
    where reclaimed_at is not null and owned_to is null
),

missing as (
    select
        lead_id,
        count(*) as missing_count,
        min_by(label, requirement_rank) as first_missing
    from required_fields
    group by lead_id
),

pool as (
    select
        prospects.kind,
        prospects.prospect_id,
        prospects.lead_id,
        prospects.entered_at,
        activity.first_activity_date,
        activity.last_activity_date,
        cast(coalesce(activity.active_days, 0) as bigint) as active_days,
        cast(coalesce(activity.activity_count, 0) as bigint) as activity_count,
        activity.top_topic,
        cast(coalesce(missing.missing_count, 0) as integer) as missing_count,
        case when prospects.lead_id is null then 'who it is' else missing.first_missing end as first_missing,
        promotions.rule_id as promotion_rule,
        promotions.label as promotion_reason,
        promotions.rule_id is not null as is_promotable,
        ownership.owner_id as previous_owner_id,
        ownership.locked_out_until,
        {{ as_of() }} as as_of
    from prospects
    left join activity
        on
            prospects.source = activity.source
            and prospects.prospect_id = activity.prospect_id
    left join promotions
        on
            prospects.source = promotions.source
            and prospects.prospect_id = promotions.prospect_id
    left join missing
        on prospects.lead_id = missing.lead_id
    left join ownership
        on
            prospects.lead_id = ownership.lead_id
            and prospects.kind = 'reclaimed'
)

select * from pool
