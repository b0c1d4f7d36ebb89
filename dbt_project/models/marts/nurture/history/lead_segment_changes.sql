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

-- a replay of the past writes no history
last_night as (
    select max(changed_at) as changed_at
    from past
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
    changes.lead_id,
    changes.segment,
    changes.changed_at,
    changes.change
from changes
inner join last_night
    on last_night.changed_at is null or changes.changed_at >= last_night.changed_at
where
    changes.change <> coalesce(changes.last_change, 'left')
    -- the same night again tells what new rules say, once
    and (changes.last_changed_at is null or changes.changed_at > changes.last_changed_at)
