-- What sales made of what it was handed, by month, grade and the scoring model and version that handed over; rejections with their reason.
with

hand_offs as (
    select * from {{ ref('follow_up_sla') }}
),

changes as (
    select * from {{ ref('lead_stage_changes') }}
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
),

followed as (
    select
        hand_offs.*,
        changes.fact_value,
        changes.signal,
        case
            when stages.kind in ('recycle', 'exit') then 'rejected'
            when changes.to_stage is not null then 'accepted'
            when hand_offs.first_touch_at is not null then 'in work'
            else 'untouched'
        end as outcome
    from hand_offs
    left join changes
        on
            hand_offs.lifecycle_model = changes.lifecycle_model
            and hand_offs.lead_id = changes.lead_id
            and hand_offs.change_number + 1 = changes.change_number
    left join stages
        on
            changes.lifecycle_model = stages.lifecycle_model
            and changes.to_stage = stages.stage
),

reasoned as (
    select
        *,
        case when outcome = 'rejected' then coalesce(nullif(fact_value, ''), signal) else '' end as reason
    from followed
)

select
    lifecycle_model,
    cast({{ dbt.date_trunc('month', 'handed_off_at') }} as date) as handed_off_in,
    coalesce(scoring_model, 'none') as scoring_model,
    coalesce(scoring_version, 'none') as scoring_version,
    coalesce(grade, 'none') as grade,
    outcome,
    reason,
    count(*) as hand_offs,
    count(case when cycle_number > 1 then 1 end) as after_recycling
from reasoned
group by
    lifecycle_model, {{ dbt.date_trunc('month', 'handed_off_at') }}, coalesce(scoring_model, 'none'),
    coalesce(scoring_version, 'none'), coalesce(grade, 'none'), outcome, reason
