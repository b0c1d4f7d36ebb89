-- Every hand-off with whose it was, what set it off and the version of the model that graded it; tests are left out.
with

hand_offs as (
    select * from {{ ref('int_hand_offs') }}
),

leads as (
    select * from {{ ref('leads') }}
    where not is_test
),

owners as (
    select * from {{ ref('int_hand_off_owners') }}
),

events as (
    select * from {{ ref('int_hand_off_events') }}
),

versions as (
    select * from {{ ref('int_scoring_version_spans') }}
),

owned as (
    select
        hand_offs.*,
        versions.scoring_version,
        events.event_at,
        -- a contact without a lead has no history of owners
        coalesce(owners.owner_id, leads.owner_id) as owner_id
    from hand_offs
    inner join leads
        on hand_offs.lead_id = leads.lead_id
    left join owners
        on
            hand_offs.lifecycle_model = owners.lifecycle_model
            and hand_offs.lead_id = owners.lead_id
            and hand_offs.change_number = owners.change_number
    left join events
        on
            hand_offs.lifecycle_model = events.lifecycle_model
            and hand_offs.lead_id = events.lead_id
            and hand_offs.change_number = events.change_number
    left join versions
        on
            hand_offs.scoring_model = versions.scoring_model
            and hand_offs.handed_off_at >= versions.valid_from
            and (versions.valid_to is null or hand_offs.handed_off_at < versions.valid_to)
)

select * from owned
