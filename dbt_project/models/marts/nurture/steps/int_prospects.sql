-- Everybody who is or was known to the brand without being a lead to work on: since when, until when, and how it ended.
with

unnamed as (
    select * from {{ ref('int_unnamed_prospects') }}
),

recorded as (
    select * from {{ ref('int_recorded_prospects') }}
),

prospects as (
    select
        kind,
        identifier as prospect_id,
        cast(null as string) as lead_id,
        source,
        entered_at,
        left_at,
        'identified' as left_as
    from unnamed

    union all

    select * from recorded
)

select
    kind,
    prospect_id,
    lead_id,
    source,
    entered_at,
    left_at,
    case when left_at is not null then left_as end as left_as
from prospects
where left_at is null or left_at > entered_at
