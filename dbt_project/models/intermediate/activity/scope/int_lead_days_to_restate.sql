-- Days of leads on which something is counted anew: their identifiers did something, came to them or left them.
with

activity_days as (
    select * from {{ ref('int_activity_days_to_restate') }}
),

identifier_activities as (
    select * from {{ ref('int_identifier_activities') }}
),

owners as (
    select * from {{ ref('int_identifier_owners') }}
),

{{ moved_owners('owners') }},

all_owners as (
    select * from owners
    union all
    select * from owners_who_lost
),

changed_owners as (
    select * from owners_who_gained
    union all
    select * from owners_who_lost
),

touched_days as (
    select
        source,
        identifier,
        activity_date
    from activity_days

    union

    select
        identifier_activities.source,
        identifier_activities.identifier,
        identifier_activities.activity_date
    from identifier_activities
    semi join changed_owners
        on
            identifier_activities.source = changed_owners.source
            and identifier_activities.identifier = changed_owners.identifier
),

lead_days as (
    select distinct
        all_owners.lead_id,
        touched_days.activity_date
    from touched_days
    inner join all_owners
        on
            touched_days.source = all_owners.source
            and touched_days.identifier = all_owners.identifier
)

select * from lead_days
