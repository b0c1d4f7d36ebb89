-- Who unsubscribed, when first, and whether only a robot did: it is honoured all the same.
with

identified_activities as (
    select * from {{ ref('int_identified_activities') }}
),

opt_outs as (
    select
        lead_id,
        min(occurred_at) as opted_out_at,
        min(case when bot_reason is not null then 1 else 0 end) = 1 as is_by_robot
    from identified_activities
    where
        lead_id is not null
        and activity_type in ('email_unsubscribed', 'email_complained')
    group by lead_id
)

select * from opt_outs
