-- What each lead has seen or was sent. In doubt it has seen it: nothing is offered twice.
with

views as (
    select * from {{ ref('int_content_views') }}
    where first_at <= {{ as_of() }}
),

owners as (
    select * from {{ ref('int_identifier_owners') }}
),

holders as (
    select * from {{ ref('int_address_holders') }}
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
        holders.lead_id,
        views.content_id,
        views.first_at
    from views
    inner join holders
        on
            views.channel = holders.channel
            and views.identifier = holders.identifier

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
