-- Who entered and left which segment when: appended when it happens, never rewritten.
with

members as (
    select * from {{ ref('lead_segments') }}
),

past as (
    {% if is_incremental() %}
        select * from {{ this }}
    {% else %}
        select
            lead_id,
            segment,
            as_of as changed_at,
            'entered' as change
        from members
        where false
    {% endif %}
),

last_changes as (
    select
        lead_id,
        segment,
        max(changed_at) as changed_at,
        max_by(change, changed_at) as change
    from past
    group by lead_id, segment
),

changes as (
    select
        coalesce(members.lead_id, last_changes.lead_id) as lead_id,
        coalesce(members.segment, last_changes.segment) as segment,
        {{ as_of() }} as changed_at,
        case when members.lead_id is null then 'left' else 'entered' end as change,
        last_changes.change as last_change,
        last_changes.changed_at as last_changed_at
    from members
    full outer join last_changes
        on
            members.lead_id = last_changes.lead_id
            and members.segment = last_changes.segment
)

select
    lead_id,
    segment,
    changed_at,
    change
from changes
where
    change <> coalesce(last_change, 'left')
    -- a replay of the past writes no history
    and (last_changed_at is null or changed_at > last_changed_at)
