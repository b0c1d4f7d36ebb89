-- One row for each lead in a programme (step 0), and for each that a step was sent to: when it began and whether the goal came.
with

enrolments as (
    select * from {{ ref('nurture_enrolments') }}
    where enrolled_at <= {{ as_of() }}
),

rules as (
    select * from {{ ref('program_rules') }}
),

sent as (
    select * from {{ ref('int_step_sends') }}
),

responses as (
    select
        daily_activity.lead_id,
        daily_activity.activity_date
    from {{ ref('lead_activity_daily') }} as daily_activity
    semi join {{ ref('nurture_activities') }} as activities
        on
            daily_activity.activity_type = activities.activity_type
            and activities.response_points is not null
),

leads as (
    select * from {{ ref('int_leads') }}
),

started as (
    select
        enrolments.lead_id,
        enrolments.program,
        0 as step,
        enrolments.is_held_out,
        enrolments.enrolled_at as started_at,
        cast(coalesce(sum(sent.send_count), 0) as bigint) as send_count,
        cast(coalesce(sum(sent.response_count), 0) as bigint) as response_count
    from enrolments
    left join sent
        on
            enrolments.lead_id = sent.lead_id
            and enrolments.program = sent.program
    group by enrolments.lead_id, enrolments.program, enrolments.is_held_out, enrolments.enrolled_at

    union all

    select
        lead_id,
        program,
        step,
        false as is_held_out,
        first_sent_at as started_at,
        send_count,
        response_count
    from sent
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
)

select * from outcomes
