-- People with a record that is no lead to work on: it lacks something, or was taken from its owner.
with

leads as (
    select * from {{ ref('leads') }}
    where not is_deleted and not is_test and not is_erased
),

required_fields as (
    select * from {{ ref('int_required_fields') }}
),

ownership as (
    select * from {{ ref('lead_ownership') }}
),

incomplete as (
    select
        lead_id,
        min(created_at) as entered_at,
        case when count(met_at) = count(*) then max(met_at) end as met_at,
        max(case when requirement_rank = 1 and met_at is null then 1 else 0 end) = 1 as is_out_of_reach
    from required_fields
    group by lead_id
),

records as (
    select
        lead_id,
        case when is_out_of_reach then 'out_of_reach' else 'incomplete' end as kind,
        entered_at,
        met_at as left_at,
        'completed' as left_as
    from incomplete

    union all

    select
        lead_id,
        'reclaimed' as kind,
        reclaimed_at as entered_at,
        owned_to as left_at,
        'assigned' as left_as
    from ownership
    where reclaimed_at is not null
),

-- who buys is no prospect, whatever its record lacks
ended as (
    select
        records.kind,
        records.lead_id as prospect_id,
        records.lead_id,
        'crm' as source,
        records.entered_at,
        least(coalesce(records.left_at, leads.converted_at), coalesce(leads.converted_at, records.left_at)) as left_at,
        case when leads.converted_at < records.left_at or records.left_at is null then 'converted' else records.left_as end as left_as
    from records
    inner join leads
        on records.lead_id = leads.lead_id
)

select * from ended
