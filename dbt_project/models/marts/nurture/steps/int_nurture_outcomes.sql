-- Whether and when the goal of the programme came to each that began it, or one of its steps.
with

started as (
    select * from {{ ref('int_nurture_starts') }}
),

rules as (
    select * from {{ ref('program_rules') }}
),

responses as (
    select
        daily_activity.lead_id,
        daily_activity.activity_date
    from {{ ref('int_answered_activity') }} as daily_activity
    semi join {{ ref('nurture_activities') }} as activities
        on
            daily_activity.activity_type = activities.activity_type
            and activities.response_points is not null
),

leads as (
    select * from {{ ref('int_leads') }}
),

-- every entry into a stage of the default funnel, by its group
entries as (
    select
        changes.lead_id,
        stages.stage_group,
        changes.entered_at
    from {{ ref('lead_stage_changes') }} as changes
    inner join {{ ref('lifecycle_stages') }} as stages
        on
            changes.lifecycle_model = stages.lifecycle_model
            and changes.to_stage = stages.stage
    semi join {{ ref('lifecycle_models') }} as models
        on
            changes.lifecycle_model = models.lifecycle_model
            and models.is_default
),

entered_groups as (
    select
        started.lead_id,
        started.program,
        started.step,
        min(entries.entered_at) as entered_at
    from started
    inner join rules
        on started.program = rules.program
    inner join entries
        on
            started.lead_id = entries.lead_id
            and rules.goal = entries.stage_group
            and entries.entered_at > started.started_at
    group by started.lead_id, started.program, started.step
),

-- a day that began before the start may be of before it
goals as (
    select
        started.lead_id,
        started.program,
        started.step,
        min(responses.activity_date) as responded_on
    from started
    inner join responses
        on
            started.lead_id = responses.lead_id
            and responses.activity_date > cast(started.started_at as date)
    group by started.lead_id, started.program, started.step
),

outcomes as (
    select
        started.*,
        rules.goal,
        {{ dbt.dateadd('day', 'rules.goal_days', 'started.started_at') }} as goal_until,
        case
            when rules.goal = 'responded' then cast(goals.responded_on as timestamp)
            when rules.goal <> 'converted' then entered_groups.entered_at
            when leads.converted_at > started.started_at then leads.converted_at
        end as goal_at
    from started
    inner join rules
        on started.program = rules.program
    inner join leads
        on started.lead_id = leads.lead_id
    left join goals
        on
            started.lead_id = goals.lead_id
            and started.program = goals.program
            and started.step = goals.step
    left join entered_groups
        on
            started.lead_id = entered_groups.lead_id
            and started.program = entered_groups.program
            and started.step = entered_groups.step
)

select * from outcomes
