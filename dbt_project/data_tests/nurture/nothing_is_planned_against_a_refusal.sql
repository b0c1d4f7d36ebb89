-- One message to a person who said no costs more than all the others bring in.
with

plan as (
    select * from {{ ref('nurture_plan') }}
),

wrong as (
    select
        plan.lead_id,
        'was refused' as problem
    from plan
    anti join {{ ref('int_contact_permissions') }} as permissions
        on
            plan.lead_id = permissions.lead_id
            and plan.channel = permissions.channel
            and plan.address = permissions.address
            and permissions.refusal is null

    union all

    select
        plan.lead_id,
        'opted out' as problem
    from plan
    inner join {{ ref('leads') }} as leads
        on plan.lead_id = leads.lead_id
    where leads.is_opted_out or leads.is_deleted or leads.is_test

    union all

    select
        plan.lead_id,
        'saw it before' as problem
    from plan
    inner join {{ ref('int_contents_seen') }} as contents_seen
        on
            plan.lead_id = contents_seen.lead_id
            and plan.content_id = contents_seen.content_id

    union all

    select
        plan.lead_id,
        'too early' as problem
    from plan
    left join {{ ref('int_contact_releases') }} as releases
        on
            plan.lead_id = releases.lead_id
            and plan.channel = releases.channel
    where
        plan.earliest_at < {{ as_of() }}
        or plan.earliest_at < cast(releases.free_from as timestamp)
        or plan.best_at < plan.earliest_at
        or plan.best_at >= plan.latest_at
)

select * from wrong
