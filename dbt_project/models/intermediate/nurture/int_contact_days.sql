-- How often each channel reached for a lead on each day, as far back as a frequency cap looks; whoever sent it.
with

activities as (
    select * from {{ ref('nurture_activities') }}
    where is_contact
),

recent_days as (
    select max(within_days) as within_days
    from {{ ref('frequency_caps') }}
),

contacts as (
    select daily_activity.*
    from {{ ref('int_identified_activity_daily') }} as daily_activity
    semi join activities
        on daily_activity.activity_type = activities.activity_type
    inner join recent_days
        on {{ dbt.datediff('daily_activity.activity_date', as_of_date(), 'day') }} < recent_days.within_days
),

holders as (
    select * from {{ ref('int_address_holders') }}
),

people as (
    select
        contacts.*,
        contacts.lead_id as contacted_lead_id
    from contacts
    where contacts.lead_id is not null

    union

    select
        contacts.*,
        holders.lead_id as contacted_lead_id
    from contacts
    inner join holders
        on
            contacts.channel = holders.channel
            and contacts.identifier = holders.identifier
),

tasks as (
    select
        tasks.lead_id,
        channels.channel,
        tasks.activity_type,
        cast(tasks.created_at as date) as contact_date,
        count(*) as contact_count
    from {{ ref('int_lead_tasks') }} as tasks
    inner join {{ ref('nurture_channels') }} as channels
        on tasks.activity_type = channels.contact_task
    group by tasks.lead_id, channels.channel, tasks.activity_type, cast(tasks.created_at as date)
),

counted as (
    select
        contacted_lead_id as lead_id,
        channel,
        activity_type,
        activity_date as contact_date,
        sum(activity_count) as contact_count
    from people
    group by contacted_lead_id, channel, activity_type, activity_date

    union all

    select * from tasks
),

-- what was sent and delivered is one contact
daily as (
    select
        lead_id,
        channel,
        contact_date,
        cast(max(contact_count) as bigint) as contact_count
    from counted
    group by lead_id, channel, contact_date
)

select * from daily
