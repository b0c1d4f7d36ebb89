-- Every time that a lead was somebody's, when it had to be given back for want of care, and whether it was back too soon.
with

spells as (
    select * from {{ ref('int_owner_touches') }}
),

leads as (
    select
        lead_id,
        {{ lower_case(trim_blanks('status')) }} as status,
        converted_at
    from {{ ref('int_leads') }}
),

rules as (
    select * from {{ ref('reclaim_rules') }}
),

due as (
    select
        spells.*,
        leads.converted_at,
        {{ dbt.dateadd(
            'day',
            'least(rules.untouched_days + rules.days_per_activity * spells.touch_count, rules.days_at_most)',
            'spells.owned_from'
        ) }} as reclaim_due_at,
        rules.locked_out_days
    from spells
    inner join leads
        on spells.lead_id = leads.lead_id
    inner join rules
        on
            spells.owned_to is not null
            or {{ is_listed('leads.status', 'rules.statuses') }}
    where leads.converted_at is null or leads.converted_at > spells.owned_from
),

reclaimed as (
    select
        *,
        case
            when
                reclaim_due_at <= {{ as_of() }}
                and (owned_to is null or reclaim_due_at <= owned_to)
                -- nobody loses what was sold by then
                and (converted_at is null or reclaim_due_at <= converted_at)
                then reclaim_due_at
        end as reclaimed_at
    from due
),

locked as (
    select
        *,
        {{ dbt.dateadd('day', 'locked_out_days', 'reclaimed_at') }} as locked_out_until
    from reclaimed
)

select
    lead_id,
    owner_id,
    owned_from,
    owned_to,
    seen_in,
    touch_count,
    last_touch_at,
    reclaim_due_at,
    reclaimed_at,
    locked_out_until,
    coalesce(
        owned_from < max(locked_out_until) over (
            partition by lead_id, owner_id order by owned_from rows between unbounded preceding and 1 preceding
        ), false
    ) as is_back_too_soon,
    {{ as_of() }} as as_of
from locked
