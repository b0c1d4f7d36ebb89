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
    select identified_activities.*
    from {{ ref('int_identified_activities') }} as identified_activities
    semi join activities
        on identified_activities.activity_type = activities.activity_type
    inner join recent_days
        on {{ dbt.datediff('identified_activities.activity_date', as_of_date(), 'day') }} < recent_days.within_days
),

holders as (
    select * from {{ ref('int_address_holders') }}
),

contacts_of_a_day as (
    select
        lead_id,
        channel,
        identifier,
        activity_type,
        activity_date,
        count(*) as contact_count
    from contacts
    group by lead_id, channel, identifier, activity_type, activity_date
),

people as (
    select
        contacts_of_a_day.*,
        contacts_of_a_day.lead_id as contacted_lead_id
    from contacts_of_a_day
    where contacts_of_a_day.lead_id is not null

    union

    select
        contacts_of_a_day.*,
        holders.lead_id as contacted_lead_id
    from contacts_of_a_day
    inner join holders
        on
            contacts_of_a_day.channel = holders.channel
            and contacts_of_a_day.identifier = holders.identifier
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
        sum(contact_count) as contact_count
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
