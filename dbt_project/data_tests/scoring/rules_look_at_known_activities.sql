-- A rule for an activity, topic or channel that no mapping yields never fires.
with

rules as (
    select
        'engagement_band_rules' as seed,
        scoring_model,
        rule_id,
        activity_type,
        topic
    from {{ ref('engagement_band_rules') }}

    union all

    select
        'engagement_decay_rules' as seed,
        scoring_model,
        rule_id,
        activity_type,
        topic
    from {{ ref('engagement_decay_rules') }}
),

activity_types as (
    select distinct activity_type
    from {{ ref('event_types') }}
    where is_engagement
),

topics as (
    select topic
    from {{ ref('content_topics') }}

    union

    select 'other' as topic
),

wrong as (
    select
        rules.*,
        case
            when activity_types.activity_type is null then 'activity_type is not an engagement in event_types'
            when rules.topic is not null and topics.topic is null then 'topic is not in content_topics'
        end as problem
    from rules
    left join activity_types
        on rules.activity_type = activity_types.activity_type
    left join topics
        on rules.topic = topics.topic
)

select * from wrong
where problem is not null
