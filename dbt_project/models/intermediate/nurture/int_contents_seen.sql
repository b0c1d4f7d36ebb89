-- What each lead has seen or was sent. In doubt it has seen it: nothing is offered twice.
with

views as (
    select * from {{ ref('int_content_views') }}
    where first_at <= {{ as_of() }}
),

owners as (
    select * from {{ ref('int_identifier_owners') }}
),

addresses as (
    select * from {{ ref('int_contact_addresses') }}
),

touches as (
    select * from {{ ref('int_nurture_touches') }}
    where content_id is not null
),

seen as (
    -- a device that changed hands on that day counts for both
    select
        owners.lead_id,
        views.content_id,
        views.first_at
    from views
    inner join owners
        on
            views.source = owners.source
            and views.identifier = owners.identifier
            and (owners.valid_from is null or views.activity_date >= cast(owners.valid_from as date))
            and (owners.valid_to is null or views.activity_date <= cast(owners.valid_to as date))

    union all

    select
        addresses.lead_id,
        views.content_id,
        views.first_at
    from views
    inner join addresses
        on
            views.channel = addresses.channel
            and views.identifier = addresses.address

    union all

    select
        lead_id,
        content_id,
        occurred_at as first_at
    from touches
),

contents_seen as (
    select
        lead_id,
        content_id,
        min(first_at) as first_at
    from seen
    group by lead_id, content_id
)

select * from contents_seen
