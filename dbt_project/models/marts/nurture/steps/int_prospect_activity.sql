-- What each prospect did, by its identifier or, where there is a record, by its lead.
with

identified_activities as (
    select * from {{ ref('int_identified_activities') }}
    where lead_id is null and is_engagement and bot_reason is null
),

engagement as (
    select * from {{ ref('lead_engagement') }}
),

summed as (
    select
        source,
        identifier,
        min(activity_date) as first_activity_date,
        max(activity_date) as last_activity_date,
        count(distinct activity_date) as active_days,
        count(*) as activity_count
    from identified_activities
    group by source, identifier
),

topic_totals as (
    select
        source,
        identifier,
        topic,
        row_number() over (
            partition by source, identifier order by count(*) desc, topic asc
        ) as topic_rank
    from identified_activities
    where topic <> 'other'
    group by source, identifier, topic
),

activity as (
    select
        summed.source,
        summed.identifier as prospect_id,
        summed.first_activity_date,
        summed.last_activity_date,
        cast(summed.active_days as bigint) as active_days,
        cast(summed.activity_count as bigint) as activity_count,
        topic_totals.topic as top_topic
    from summed
    left join topic_totals
        on
            summed.source = topic_totals.source
            and summed.identifier = topic_totals.identifier
            and topic_totals.topic_rank = 1

    union all

    select
        'crm' as source,
        lead_id as prospect_id,
        first_activity_date,
        last_activity_date,
        active_days,
        activity_count,
        top_topic
    from engagement
)

select * from activity
