-- Which passages fall off against their own past: the weeks that are just mature against those before them, each by what passed in the same time.
with

weekly as (
    select * from {{ ref('funnel_conversion') }}
    where
        cohort_grain = 'week'
        and dimension = 'all'
        and is_mature
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
),

settings as (
    select * from {{ ref('lifecycle_settings') }}
),

ranked as (
    select
        *,
        row_number() over (partition by lifecycle_model, from_stage, to_stage order by cohort desc) as week_rank
    from weekly
),

{% set recent, past = lifecycle_setting('recent_weeks'), lifecycle_setting('past_weeks') -%}
periods as (
    select
        lifecycle_model,
        from_stage,
        to_stage,
        count(case when week_rank <= {{ recent }} then 1 end) as recent_weeks,
        count(case when week_rank > {{ recent }} then 1 end) as past_weeks,
        cast(coalesce(sum(case when week_rank <= {{ recent }} then entered end), 0) as bigint) as recent_entered,
        cast(coalesce(sum(case when week_rank <= {{ recent }} then passed_in_time end), 0) as bigint) as recent_passed,
        cast(coalesce(sum(case when week_rank > {{ recent }} then entered end), 0) as bigint) as past_entered,
        cast(coalesce(sum(case when week_rank > {{ recent }} then passed_in_time end), 0) as bigint) as past_passed
    from ranked
    where week_rank <= {{ recent }} + {{ past }}
    group by lifecycle_model, from_stage, to_stage
),

compared as (
    select
        *,
        1.0e0 * recent_passed / nullif(recent_entered, 0) as recent_share,
        1.0e0 * past_passed / nullif(past_entered, 0) as past_share,
        1.0e0 * (recent_passed + past_passed) / nullif(recent_entered + past_entered, 0) as share,
        1.0e0 / nullif(recent_entered, 0) + 1.0e0 / nullif(past_entered, 0) as spread
    from periods
),

scored as (
    select
        *,
        {{ rounded('(recent_share - past_share) / nullif(sqrt(share * (1 - share) * spread), 0)', 4) }} as z
    from compared
)

select
    scored.lifecycle_model,
    scored.from_stage,
    scored.to_stage,
    stages.owner_team as responsible_team,
    scored.recent_entered,
    scored.past_entered,
    cast({{ rounded('1.0e0 * scored.recent_entered / nullif(scored.recent_weeks, 0)', 4) }} as decimal(18, 4)) as recent_entered_a_week,
    cast({{ rounded('1.0e0 * scored.past_entered / nullif(scored.past_weeks, 0)', 4) }} as decimal(18, 4)) as past_entered_a_week,
    cast({{ rounded('scored.recent_share', 4) }} as decimal(9, 4)) as recent_conversion,
    cast({{ rounded('scored.past_share', 4) }} as decimal(9, 4)) as past_conversion,
    cast(scored.z as decimal(9, 4)) as z,
    case
        when least(scored.recent_entered, scored.past_entered) < {{ lifecycle_setting('least_leads') }} then 'too few'
        when -scored.z > {{ lifecycle_setting('confidence_z') }} then 'falling'
        when scored.z > {{ lifecycle_setting('confidence_z') }} then 'rising'
        else 'steady'
    end as verdict
from scored
inner join stages
    on
        scored.lifecycle_model = stages.lifecycle_model
        and scored.from_stage = stages.stage
