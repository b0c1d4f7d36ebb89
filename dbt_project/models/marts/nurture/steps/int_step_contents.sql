-- The content of each open step: of what the lead has not seen and was not sent, the nearest to its interests, stage and industry.
with

programs as (
    select * from {{ ref('int_lead_programs') }}
),

open_steps as (
    select * from {{ ref('int_due_steps') }}
),

steps as (
    select * from {{ ref('program_steps') }}
    where formats is not null
),

contents as (
    select * from {{ ref('nurture_contents') }}
),

leads as (
    select
        lead_id,
        {{ lower_case(trim_blanks('industry')) }} as industry
    from {{ ref('int_leads') }}
),

interests as (
    select * from {{ ref('interest_profile') }}
    where aspect = 'topic'
),

contents_seen as (
    select * from {{ ref('int_contents_seen') }}
),

step_contents as (
    select
        steps.program,
        steps.step,
        contents.content_id,
        contents.topic,
        contents.stage_groups,
        contents.industries
    from steps
    inner join contents
        on
            {{ is_listed('contents.format', 'steps.formats') }}
            and {{ is_listed('contents.topic', 'steps.topics') }}
),

unseen as (
    select
        open_steps.lead_id,
        open_steps.program,
        open_steps.step,
        step_contents.content_id,
        cast(row_number() over (
            partition by open_steps.lead_id, open_steps.step
            order by
                interests.preference_rank asc nulls last,
                case when step_contents.industries is null then 1 else 0 end asc,
                step_contents.content_id asc
        ) as integer) as content_rank
    from open_steps
    inner join step_contents
        on
            open_steps.program = step_contents.program
            and open_steps.step = step_contents.step
    inner join programs
        on
            open_steps.lead_id = programs.lead_id
            and {{ is_listed('programs.stage_group', 'step_contents.stage_groups') }}
    inner join leads
        on
            open_steps.lead_id = leads.lead_id
            and {{ is_listed('leads.industry', 'step_contents.industries') }}
    left join interests
        on
            open_steps.lead_id = interests.lead_id
            and step_contents.topic = interests.value
    anti join contents_seen
        on
            open_steps.lead_id = contents_seen.lead_id
            and step_contents.content_id = contents_seen.content_id
)

select * from unseen
where content_rank = 1
