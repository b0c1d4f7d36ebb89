-- Each lead's programme, the first by priority that its grade, stage and segments fit, with what it was sent of it so far.
with

grades as (
    select grades.*
    from {{ ref('lead_grades') }} as grades
    semi join {{ ref('scoring_models') }} as models
        on
            grades.scoring_model = models.scoring_model
            and models.is_default
),

lifecycle as (
    select lifecycle.*
    from {{ ref('lead_lifecycle') }} as lifecycle
    semi join {{ ref('lifecycle_models') }} as models
        on
            lifecycle.lifecycle_model = models.lifecycle_model
            and models.is_default
),

segments as (
    select * from {{ ref('lead_segments') }}
),

rules as (
    select * from {{ ref('program_rules') }}
),

sends as (
    select * from {{ ref('int_step_sends') }}
),

steps as (
    select * from {{ ref('program_steps') }}
),

fitting as (
    select
        grades.lead_id,
        rules.program,
        lifecycle.stage_group,
        row_number() over (partition by grades.lead_id order by rules.priority) as program_rank
    from grades
    left join lifecycle
        on grades.lead_id = lifecycle.lead_id
    inner join rules
        on
            {{ is_listed('grades.grade', 'rules.grades') }}
            and {{ is_listed('lifecycle.stage_group', 'rules.stage_groups') }}
    left join segments
        on
            grades.lead_id = segments.lead_id
            and rules.segment = segments.segment
    where rules.segment is null or segments.segment is not null
),

progress as (
    select
        sends.lead_id,
        sends.program,
        max(sends.last_sent_at) as last_sent_at,
        max(case when steps.trigger_activity is null then sends.step end) as last_step,
        count(*) as steps_done
    from sends
    left join steps
        on
            sends.program = steps.program
            and sends.step = steps.step
    group by sends.lead_id, sends.program
),

assigned as (
    select
        fitting.lead_id,
        fitting.program,
        fitting.stage_group,
        {{ hash_percent(dbt.concat(["fitting.lead_id", "'/'", "fitting.program"])) }} < rules.hold_out_percent as is_held_out,
        progress.last_sent_at,
        coalesce(progress.last_step, 0) as last_step,
        cast(coalesce(progress.steps_done, 0) as integer) as steps_done
    from fitting
    inner join rules
        on fitting.program = rules.program
    left join progress
        on
            fitting.lead_id = progress.lead_id
            and fitting.program = progress.program
    where fitting.program_rank = 1
)

select * from assigned
