-- The engagement that handed a lead over: the last before the grade crossed the line, where engagement raised that grade.
with

hand_offs as (
    select * from {{ ref('int_hand_offs') }}
),

contributions as (
    select * from {{ ref('lead_grade_change_contributions') }}
),

identified_activities as (
    select * from {{ ref('int_identified_activities') }}
    where is_engagement and bot_reason is null
),

record as (
    select min(changed_at) as begins_at
    from contributions
),

-- at its beginning the record has all grades at once: how long ago they were earned says nothing of a delay
raised as (
    select distinct
        contributions.lead_id,
        contributions.scoring_model,
        contributions.changed_at
    from contributions
    inner join record
        on contributions.changed_at > record.begins_at
    where
        contributions.dimension = 'engagement'
        and contributions.points_after > contributions.points_before
),

raised_hand_offs as (
    select hand_offs.*
    from hand_offs
    inner join raised
        on
            hand_offs.lead_id = raised.lead_id
            and hand_offs.scoring_model = raised.scoring_model
            and hand_offs.handed_off_at = raised.changed_at
),

last_events as (
    select
        raised_hand_offs.lifecycle_model,
        raised_hand_offs.lead_id,
        raised_hand_offs.change_number,
        max(identified_activities.occurred_at) as event_at
    from raised_hand_offs
    inner join identified_activities
        on
            raised_hand_offs.lead_id = identified_activities.lead_id
            and raised_hand_offs.handed_off_at >= identified_activities.occurred_at
    group by raised_hand_offs.lifecycle_model, raised_hand_offs.lead_id, raised_hand_offs.change_number
)

select * from last_events
