with

leads as (
    select
        lead_id,
        created_at
    from {{ ref('int_leads') }}
    {{ of_leads_in('int_leads_to_score') }}
),

daily_activity as (
    select * from {{ ref('lead_activity_daily') }}
    where
        activity_date <= {{ as_of_date() }}
    {{ of_leads_in('int_leads_to_score', 'and') }}
),

idle_rules as (
    select
        rules.*,
        criteria.max_points
    from {{ ref('engagement_idle_rules') }} as rules
    inner join {{ ref('int_active_criteria') }} as criteria
        on
            rules.scoring_model = criteria.scoring_model
            and rules.criterion = criteria.criterion
    where criteria.shape = 'decay'
),

last_activity as (
    select
        lead_id,
        max(activity_date) as last_date
    from daily_activity
    group by lead_id
),

idle_leads as (
    select
        leads.lead_id,
        coalesce(last_activity.last_date, cast(leads.created_at as date)) as idle_since
    from leads
    left join last_activity
        on leads.lead_id = last_activity.lead_id
),

idle_periods as (
    select
        idle_leads.lead_id,
        idle_leads.idle_since,
        idle_rules.*,
        least(
            idle_rules.max_periods,
            floor(
                cast({{ dbt.datediff('idle_leads.idle_since', as_of_date(), 'day') }} as double) / idle_rules.idle_days
            )
        ) as periods
    from idle_leads
    cross join idle_rules
),

contributions as (
    select
        lead_id,
        scoring_model,
        criterion,
        rule_id,
        cast({{ rounded('points * periods', 4) }} as decimal(18, 4)) as points,
        cast(coalesce(max_points, 0) as decimal(18, 4)) as max_points,
        label,
        {{ dbt.concat(["'since '", "cast(idle_since as string)"]) }} as fact
    from idle_periods
    where {{ rounded('points * periods', 4) }} <> 0
)

select * from contributions
