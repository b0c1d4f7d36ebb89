-- Everything that people said to each other, by any channel; the recipient is the lead's CRM id, for there are no addresses.
with

touches as (

    select
        touches.touch_id as event_id,
        touches.lead_id,
        moved(cast(touches.touch_timestamp as date), lead_facts.created_on) as occurred_at,
        case touches.touch_type
            when 'call' then 'phone' when 'linkedin_message' then 'linkedin' else 'email'
        end as channel,
        case touches.touch_direction when 'inbound' then 'replied' else 'sent' end as event_type
    from read_parquet(table_file('touches')) as touches
    inner join lead_facts
        on touches.lead_id = lead_facts.lead_id
    where
        known_by_day_30(cast(touches.touch_timestamp as date), lead_facts.created_on)
        and not (touches.touch_direction = 'inbound' and touches.touch_type in ('webinar', 'content_download'))

),

sales_activities as (

    select
        sales_activities.activity_id as event_id,
        sales_activities.lead_id,
        moved(cast(sales_activities.activity_timestamp as date), lead_facts.created_on) as occurred_at,
        case sales_activities.activity_type when 'call' then 'phone' else sales_activities.activity_type end as channel,
        case
            when sales_activities.activity_outcome in ('connected', 'meeting_set', 'demo_completed') then 'conversation'
            else 'attempted'
        end as event_type
    from read_parquet(table_file('sales_activities')) as sales_activities
    inner join lead_facts
        on sales_activities.lead_id = lead_facts.lead_id
    where known_by_day_30(cast(sales_activities.activity_timestamp as date), lead_facts.created_on)

),

events as (

    select * from touches
    union all
    select * from sales_activities

)

select
    event_id,
    occurred_at,
    channel,
    lead_id as recipient,
    event_type
from events
order by event_id
