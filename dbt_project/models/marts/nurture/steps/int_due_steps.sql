-- Every step that a lead may be sent next, with the moment from which it is due: what its behaviour asks for, then the series.
with

programs as (
    select * from {{ ref('int_lead_programs') }}
    where not is_held_out
),

steps as (
    select * from {{ ref('program_steps') }}
),

done as (
    select * from {{ ref('int_step_sends') }}
),

daily_activity as (
    select
        lead_id,
        activity_type,
        activity_date
    from {{ ref('int_answered_activity') }}

    union all

    select
        lead_id,
        activity_type,
        cast(created_at as date) as activity_date
    from {{ ref('int_lead_tasks') }}
),

trigger_steps as (
    select * from steps
    where trigger_activity is not null
),

-- only what happened since the last step, and lately
triggered as (
    select
        programs.lead_id,
        programs.program,
        trigger_steps.step,
        max(daily_activity.activity_date) as triggered_on
    from programs
    inner join trigger_steps
        on programs.program = trigger_steps.program
    inner join daily_activity
        on
            programs.lead_id = daily_activity.lead_id
            and trigger_steps.trigger_activity = daily_activity.activity_type
            and {{ dbt.datediff('daily_activity.activity_date', as_of_date(), 'day') }} < trigger_steps.trigger_within_days
            and (programs.last_sent_at is null or daily_activity.activity_date >= cast(programs.last_sent_at as date))
    group by programs.lead_id, programs.program, trigger_steps.step
),

open_steps as (
    select
        programs.lead_id,
        programs.program,
        steps.step,
        cast(row_number() over (
            partition by programs.lead_id
            order by case when triggered.step is null then 1 else 0 end, steps.step
        ) as integer) as step_rank,
        triggered.triggered_on,
        coalesce(cast(triggered.triggered_on as timestamp), programs.last_sent_at) as waited_from,
        case
            when triggered.step is not null then steps.wait_days
            -- a step that is passed over leaves its wait to the next
            else cast(sum(steps.wait_days) over (
                partition by programs.lead_id, triggered.step is null
                order by steps.step rows unbounded preceding
            ) as integer)
        end as wait_days
    from programs
    inner join steps
        on programs.program = steps.program
    left join triggered
        on
            programs.lead_id = triggered.lead_id
            and programs.program = triggered.program
            and steps.step = triggered.step
    anti join done
        on
            programs.lead_id = done.lead_id
            and programs.program = done.program
            and steps.step = done.step
    where
        triggered.step is not null
        or (steps.trigger_activity is null and steps.step > programs.last_step)
),

dated as (
    select
        lead_id,
        program,
        step,
        step_rank,
        triggered_on,
        greatest({{ as_of() }}, coalesce({{ dbt.dateadd('day', 'wait_days', 'waited_from') }}, {{ as_of() }})) as due_at
    from open_steps
)

select * from dated
