-- One row a person: what it did, by kind, robots left out.
with

leads as (
    select lead_id from {{ ref('int_leads') }}
),

daily_activity as (
    select * from {{ ref('lead_activity_daily') }}
),

summed as (
    select
        lead_id,
        min(activity_date) as first_activity_date,
        max(activity_date) as last_activity_date,
        count(distinct activity_date) as active_days,
        sum(activity_count) as activity_count,
        sum(activity_count) filter (where activity_type = 'page_viewed') as page_view_count,
        sum(activity_count) filter (where activity_type = 'form_submitted') as form_count,
        sum(activity_count) filter (where activity_type = 'file_downloaded') as download_count,
        sum(activity_count) filter (where activity_type = 'webinar_attended') as webinar_count,
        sum(activity_count) filter (where activity_type = 'email_opened') as email_open_count,
        sum(activity_count) filter (where activity_type = 'email_clicked') as email_click_count,
        sum(activity_count) filter (where activity_type = 'email_replied') as email_reply_count
    from daily_activity
    group by lead_id
),

topic_totals as (
    select
        lead_id,
        topic,
        sum(activity_count) as activity_count
    from daily_activity
    where topic <> 'other'
    group by lead_id, topic
),

top_topics as (
    select
        lead_id,
        topic,
        row_number() over (partition by lead_id order by activity_count desc, topic asc) as topic_rank
    from topic_totals
),

engagement as (
    select
        leads.lead_id,
        summed.first_activity_date,
        summed.last_activity_date,
        cast(coalesce(summed.active_days, 0) as bigint) as active_days,
        {% for column in [
            'activity_count', 'page_view_count', 'form_count', 'download_count', 'webinar_count', 'email_open_count',
            'email_click_count', 'email_reply_count'
        ] -%}
            cast(coalesce(summed.{{ column }}, 0) as bigint) as {{ column }},
        {% endfor -%}
        top_topics.topic as top_topic
    from leads
    left join summed
        on leads.lead_id = summed.lead_id
    left join top_topics
        on
            leads.lead_id = top_topics.lead_id
            and top_topics.topic_rank = 1
)

select * from engagement
