-- How each team follows up what it is handed, by month of the hand-off.
with

hand_offs as (
    select
        *,
        coalesce(team, 'no team') as team_name,
        cast({{ dbt.date_trunc('month', 'handed_off_at') }} as date) as handed_off_in
    from {{ ref('follow_up_sla') }}
),

settings as (
    select * from {{ ref('lifecycle_settings') }}
),

placed as (
    select
        *,
        -- those that wait are not among them: their time is not known yet
        case when answered_at is not null then cume_dist() over (
            partition by lifecycle_model, team_name, handed_off_in, answered_at is not null order by business_seconds
        ) end as business_place,
        case when answered_at is not null then cume_dist() over (
            partition by lifecycle_model, team_name, handed_off_in, answered_at is not null order by wall_seconds
        ) end as wall_place
    from hand_offs
)

select
    lifecycle_model,
    handed_off_in,
    team_name as team,
    count(*) as hand_offs,
    count(answered_at) as answered,
    count(case when verdict in ('late', 'overdue') then 1 end) as breaches,
    count(case when verdict = 'overdue' then 1 end) as overdue,
    cast({{ rounded("1.0e0 * count(case when verdict = 'in time' then 1 end) / nullif(count(case when verdict in ('in time', 'late', 'overdue') then 1 end), 0)", 4) }} as decimal(9, 4)) as share_in_time,
    cast({{ rounded("1.0e0 * count(case when is_promise_kept then 1 end) / nullif(count(is_promise_kept), 0)", 4) }} as decimal(9, 4)) as share_within_promise,
    {{ quantile_of('business_seconds', 'business_place', lifecycle_setting('middle_share')) }} as business_seconds_p50,
    {{ quantile_of('business_seconds', 'business_place', lifecycle_setting('high_share')) }} as business_seconds_p90,
    {{ quantile_of('wall_seconds', 'wall_place', lifecycle_setting('middle_share')) }} as wall_seconds_p50,
    {{ quantile_of('wall_seconds', 'wall_place', lifecycle_setting('high_share')) }} as wall_seconds_p90
from placed
group by lifecycle_model, handed_off_in, team_name
