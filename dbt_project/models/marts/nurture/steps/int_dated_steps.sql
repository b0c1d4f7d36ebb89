-- The next step of each lead with the first window in which caps and quiet hours allow it.
with

next_steps as (
    select * from {{ ref('int_next_steps') }}
),

releases as (
    select * from {{ ref('int_contact_releases') }}
),

leads as (
    select
        lead_id,
        {{ lower_case(trim_blanks('country')) }} as country
    from {{ ref('int_leads') }}
),

windows as (
    select * from {{ ref('int_contact_windows') }}
),

places as (
    select distinct place
    from windows
),

released as (
    select
        next_steps.*,
        coalesce(places.place, '') as place,
        greatest(next_steps.due_at, coalesce(cast(releases.free_from as timestamp), next_steps.due_at)) as allowed_from
    from next_steps
    inner join leads
        on next_steps.lead_id = leads.lead_id
    left join places
        on leads.country = places.place
    left join releases
        on
            next_steps.lead_id = releases.lead_id
            and next_steps.channel = releases.channel
),

first_windows as (
    select
        released.lead_id,
        min(windows.opens_at) as opens_at
    from released
    inner join windows
        on
            released.place = windows.place
            and released.channel = windows.channel
            and windows.closes_at > released.allowed_from
    group by released.lead_id
),

dated as (
    select
        released.*,
        greatest(released.allowed_from, windows.opens_at) as earliest_at,
        windows.closes_at as latest_at
    from released
    left join first_windows
        on released.lead_id = first_windows.lead_id
    left join windows
        on
            released.place = windows.place
            and released.channel = windows.channel
            and first_windows.opens_at = windows.opens_at
)

select * from dated
