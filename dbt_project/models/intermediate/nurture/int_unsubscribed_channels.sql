-- Who unsubscribed from which channel, by whatever address; a robot's opt-out is honoured all the same.
with

activities as (
    select * from {{ ref('nurture_activities') }}
    where is_opt_out
),

identified_activities as (
    select identified_activities.*
    from {{ ref('int_identified_activities') }} as identified_activities
    semi join activities
        on identified_activities.activity_type = activities.activity_type
),

holders as (
    select * from {{ ref('int_address_holders') }}
),

unsubscribed as (
    select
        lead_id,
        channel
    from identified_activities
    where lead_id is not null

    union

    select
        holders.lead_id,
        holders.channel
    from identified_activities
    inner join holders
        on
            identified_activities.channel = holders.channel
            and identified_activities.identifier = holders.identifier
)

select * from unsubscribed
