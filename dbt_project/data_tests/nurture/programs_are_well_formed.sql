-- A programme with a gap sends nothing from there on, and nobody notices a mail that is not sent.
with

programs as (
    select * from {{ ref('program_rules') }}
),

steps as (
    select * from {{ ref('program_steps') }}
),

stage_groups as (
    select distinct stages.stage_group
    from {{ ref('lifecycle_stages') }} as stages
    semi join {{ ref('lifecycle_models') }} as models
        on
            stages.lifecycle_model = models.lifecycle_model
            and models.is_default
),

first_steps as (
    select
        program,
        min(case when trigger_activity is null then step end) as step
    from steps
    group by program
),

listed_grades as (
    select
        program,
        {{ explode_text('grades', '|') }} as grade
    from programs
    where grades is not null
),

wrong_programs as (
    select
        'program_rules' as seed,
        programs.program as name,
        case
            when programs.priority is null then 'priority is blank'
            when segments.segment is null and programs.segment is not null then 'segment is not in segments'
            when programs.hold_out_percent is null or programs.hold_out_percent not between 0 and 100
                then 'hold_out_percent is not within 0 to 100'
            when programs.goal is null or (programs.goal not in ('converted', 'responded') and stage_groups.stage_group is null)
                then 'goal is neither converted nor responded nor a group of the default funnel'
            when coalesce(programs.goal_days, 0) < 1 then 'goal_days is below 1'
            when first_steps.step is null then 'has no step of a series'
            when others.program < programs.program then 'has the priority of another programme'
            when earlier.program is not null then 'never begins: a programme before it takes everybody'
        end as problem
    from programs
    left join {{ ref('segments') }} as segments
        on programs.segment = segments.segment
    left join first_steps
        on programs.program = first_steps.program
    left join stage_groups
        on programs.goal = stage_groups.stage_group
    left join programs as others
        on
            programs.priority = others.priority
            and programs.program <> others.program
    left join programs as earlier
        on
            programs.priority > earlier.priority
            and earlier.segment is null
            and (earlier.grades is null or earlier.grades = programs.grades)
            and (earlier.stage_groups is null or earlier.stage_groups = programs.stage_groups)
),

wrong_grades as (
    select
        'program_rules' as seed,
        listed_grades.program as name,
        'a grade that grade_actions does not know' as problem
    from listed_grades
    anti join {{ ref('grade_actions') }} as actions
        on listed_grades.grade = actions.grade
),

wrong_stages as (
    select
        listed.seed,
        listed.name,
        'a stage group that lifecycle_stages does not know' as problem
    from (
        select
            'program_rules' as seed,
            program as name,
            {{ explode_text('stage_groups', '|') }} as stage_group
        from programs
        where stage_groups is not null

        union all

        select
            'nurture_contents' as seed,
            content_id as name,
            {{ explode_text('stage_groups', '|') }} as stage_group
        from {{ ref('nurture_contents') }}
        where stage_groups is not null
    ) as listed
    anti join {{ ref('lifecycle_stages') }} as stages
        on listed.stage_group = stages.stage_group
),

wrong_steps as (
    select
        'program_steps' as seed,
        {{ dbt.concat(["steps.program", "'/'", "cast(steps.step as string)"]) }} as name,
        case
            when programs.program is null then 'program is not in program_rules'
            when steps.step < 1 then 'step is below 1'
            when steps.wait_days is null or steps.wait_days < 0 then 'wait_days is blank or below 0'
            when steps.step = first_steps.step and steps.wait_days > 0 then 'the first step of a series waits for nothing'
            when steps.trigger_activity is not null and activities.activity_type is null
                then 'trigger_activity is not in nurture_activities'
            when activities.is_contact and activities.activity_type not like 'task%' then 'a contact of ours sets off nothing'
            when steps.trigger_activity is not null and coalesce(steps.trigger_within_days, 0) < 1
                then 'trigger_within_days is below 1'
            when steps.trigger_activity is null and steps.trigger_within_days is not null then 'trigger_activity is blank'
            when steps.channels is null then 'channels are blank'
            when steps.topics is not null and steps.formats is null then 'topics without formats choose nothing'
        end as problem
    from steps
    left join programs
        on steps.program = programs.program
    left join first_steps
        on steps.program = first_steps.program
    left join {{ ref('nurture_activities') }} as activities
        on steps.trigger_activity = activities.activity_type
),

wrong_channels as (
    select
        'program_steps' as seed,
        listed.program as name,
        'a channel that nurture_channels does not know' as problem
    from (select program, {{ explode_text('channels', '|') }} as channel from steps) as listed
    anti join {{ ref('nurture_channels') }} as channels
        on listed.channel = channels.channel
),

problems as (
    select * from wrong_programs
    union all
    select * from wrong_grades
    union all
    select * from wrong_stages
    union all
    select * from wrong_steps
    union all
    select * from wrong_channels
)

select * from problems
where problem is not null
