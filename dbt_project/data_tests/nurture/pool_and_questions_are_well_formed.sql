-- A pool rule for an activity that nobody counts promotes nobody; two rows where one is meant count everything twice.
with

event_activities as (
    select distinct activity_type
    from {{ ref('event_types') }}
    where is_engagement
),

topics as (
    select distinct topic
    from {{ ref('content_topics') }}
),

problems as (
    select
        'nurture_settings' as seed,
        'all' as name,
        'has to have exactly one row, with numbers of 1 or more' as problem
    from {{ ref('nurture_settings') }}
    having
        count(*) <> 1
        or min(least(
            plan_days, questions_at_a_time, interest_half_life_days, response_half_life_days, interest_kept,
            repeat_days_most, prior_contacts, referral_days
        )) < 1
        or min(least(repeat_percent, completion_points, prior_response_points, confidence_z)) < 0

    union all

    select
        'reclaim_rules' as seed,
        'all' as name,
        'has to have exactly one row, with days_at_most not below untouched_days' as problem
    from {{ ref('reclaim_rules') }}
    having
        count(*) <> 1
        or min(least(untouched_days, days_at_most, locked_out_days)) < 1
        or min(days_per_activity) < 0
        or min(days_at_most - untouched_days) < 0

    union all

    select
        'pool_promotion_rules' as seed,
        rules.rule_id as name,
        'unknown kind, unknown activity or topic, or a number below 1' as problem
    from {{ ref('pool_promotion_rules') }} as rules
    left join event_activities
        on rules.activity_type = event_activities.activity_type
    left join topics
        on rules.topic = topics.topic
    where
        rules.kind not in ('visitor', 'follower', 'mailbox')
        or event_activities.activity_type is null
        or (rules.topic is not null and topics.topic is null)
        or least(rules.at_least, rules.within_days) < 1

    union all

    select
        'profile_questions' as seed,
        questions.attribute as name,
        'attribute is not in profile_attributes' as problem
    from {{ ref('profile_questions') }} as questions
    anti join {{ ref('profile_attributes') }} as attributes
        on questions.attribute = attributes.attribute

    union all

    select
        'nurture_activities' as seed,
        activity_type as name,
        'a contact of ours is neither answer nor interest nor opt-out' as problem
    from {{ ref('nurture_activities') }}
    where is_contact and (is_opt_out or response_points is not null or interest_points is not null)

    union all

    select
        'nurture_activities' as seed,
        activities.activity_type as name,
        'no event type and no task gives it' as problem
    from {{ ref('nurture_activities') }} as activities
    anti join {{ ref('event_types') }} as event_types
        on activities.activity_type = event_types.activity_type
    where activities.activity_type not like 'task%'

    union all

    select
        'nurture_channels' as seed,
        channels.channel as name,
        'contact_task is no contact in nurture_activities' as problem
    from {{ ref('nurture_channels') }} as channels
    anti join {{ ref('nurture_activities') }} as activities
        on
            channels.contact_task = activities.activity_type
            and activities.is_contact
    where channels.contact_task is not null

    union all

    select
        'referral_signals' as seed,
        via as name,
        'give either an attribute that names the referrer or a utm_medium, and codes for the latter' as problem
    from {{ ref('referral_signals') }}
    where
        (used_attribute is null) = (utm_medium is null)
        or (utm_medium is not null and own_attribute is null)
)

select * from problems
