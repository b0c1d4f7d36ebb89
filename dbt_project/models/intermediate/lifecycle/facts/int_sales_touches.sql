-- When sales did something with a person: the tasks of the types that count as a touch.
with

tasks as (
    select * from {{ ref('stg_crm__tasks') }}
),

touch_types as (
    select * from {{ ref('sales_touch_types') }}
),

identities as (
    select * from {{ ref('int_identities') }}
),

touches as (
    select
        case when lead_id is null then 'contact' else 'lead' end as record_type,
        coalesce(lead_id, contact_id) as record_id,
        coalesce(completed_at, created_at) as touched_at
    from tasks
    semi join touch_types
        on {{ lower_case('tasks.type') }} = touch_types.task_type
)

select
    identities.lead_id,
    touches.touched_at
from touches
inner join identities
    on
        touches.record_type = identities.identifier_type
        and touches.record_id = identities.identifier
where touches.touched_at <= {{ as_of() }}
