-- What the tools that mail, message and call do next: the steps of the plan that are soon due, list by list.
with

plan as (
    select * from {{ ref('nurture_plan') }}
),

lists as (
    select * from {{ ref('contact_lists') }}
),

people as (
    select * from {{ ref('leads') }}
    where not is_opted_out and not is_deleted and not is_test
),

contents as (
    select * from {{ ref('nurture_contents') }}
),

due_steps as (
    select
        lists.list,
        plan.campaign_id,
        plan.channel,
        plan.address,
        plan.lead_id,
        people.first_name,
        people.last_name,
        people.company,
        plan.program,
        plan.step,
        plan.label,
        plan.content_id,
        plan.content_label,
        contents.page,
        plan.earliest_at,
        plan.best_at,
        plan.latest_at
    from plan
    inner join people
        on plan.lead_id = people.lead_id
    inner join lists
        on
            {{ is_listed('plan.channel', 'lists.channels') }}
            and plan.earliest_at < {{ dbt.dateadd('hour', 'lists.due_within_hours', 'plan.as_of') }}
    left join contents
        on plan.content_id = contents.content_id
)

select * from due_steps
