-- A list is what leaves the house: who opted out is on none, whatever the plan says.
with

listed as (
    select * from {{ ref('sync_lists__due_steps') }}
),

wrong as (
    select listed.lead_id
    from listed
    inner join {{ ref('leads') }} as leads
        on listed.lead_id = leads.lead_id
    where leads.is_opted_out or leads.is_deleted or leads.is_test

    union all

    select listed.lead_id
    from listed
    anti join {{ ref('int_contact_permissions') }} as permissions
        on
            listed.lead_id = permissions.lead_id
            and listed.channel = permissions.channel
            and listed.address = permissions.address
            and permissions.refusal is null
)

select * from wrong
