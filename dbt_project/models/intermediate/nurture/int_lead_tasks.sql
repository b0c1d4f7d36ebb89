-- What sales logged, as activities of the person that it was about.
with

tasks as (
    select * from {{ ref('stg_crm__tasks') }}
    where created_at <= {{ as_of() }}
),

identities as (
    select * from {{ ref('int_identities') }}
    where identifier_type in ('lead', 'contact')
),

lead_tasks as (
    select
        tasks.task_id,
        identities.lead_id,
        {{ dbt.concat(["'task_'", lower_case('tasks.type')]) }} as activity_type,
        tasks.owner_id,
        tasks.created_at
    from tasks
    inner join identities
        on
            coalesce(tasks.lead_id, tasks.contact_id) = identities.identifier
            and identities.identifier_type = case when tasks.lead_id is not null then 'lead' else 'contact' end
)

select * from lead_tasks
