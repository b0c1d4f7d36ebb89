-- Which programme each lead is in, how far it is, and what happens next or why nothing does.
with

programs as (
    select * from {{ ref('int_lead_programs') }}
),

rules as (
    select * from {{ ref('program_rules') }}
),

open_steps as (
    select distinct lead_id
    from {{ ref('int_due_steps') }}
),

dated_steps as (
    select * from {{ ref('int_dated_steps') }}
),

plan as (
    select lead_id from {{ ref('nurture_plan') }}
),

permissions as (
    select
        lead_id,
        count(case when refusal is null then 1 end) as allowed_count,
        min(refusal) as refusal
    from {{ ref('int_contact_permissions') }}
    group by lead_id
),

described as (
    select
        programs.lead_id,
        programs.program,
        rules.label,
        rules.priority,
        programs.is_held_out,
        programs.steps_done,
        programs.last_sent_at,
        dated_steps.step as next_step,
        dated_steps.earliest_at as next_at,
        case
            when programs.is_held_out then 'held_out'
            when plan.lead_id is not null then 'planned'
            when dated_steps.lead_id is not null then 'waiting'
            when open_steps.lead_id is null then 'finished'
            when permissions.lead_id is null then 'no_address'
            when permissions.allowed_count = 0 then permissions.refusal
            else 'no_channel_or_content'
        end as status,
        {{ as_of() }} as as_of
    from programs
    inner join rules
        on programs.program = rules.program
    left join open_steps
        on programs.lead_id = open_steps.lead_id
    left join dated_steps
        on programs.lead_id = dated_steps.lead_id
    left join plan
        on programs.lead_id = plan.lead_id
    left join permissions
        on programs.lead_id = permissions.lead_id
)

select * from described
