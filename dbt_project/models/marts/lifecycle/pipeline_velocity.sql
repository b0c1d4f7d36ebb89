-- How long leads stay in each stage and take as a whole: median and slow end by Kaplan and Meier, so that those still there count too.
with

spells as (
    select * from {{ ref('int_stage_spells') }}
),

settings as (
    select * from {{ ref('lifecycle_settings') }}
),

daily as (
    select
        lifecycle_model,
        stage,
        days,
        count(*) as spells,
        count(case when is_over then 1 end) as ended
    from spells
    group by lifecycle_model, stage, days
),

at_risk as (
    select
        *,
        sum(spells) over (partition by lifecycle_model, stage order by days desc rows unbounded preceding) as under_watch
    from daily
),

surviving as (
    select
        *,
        -- nobody is left when all who were under watch have ended
        case
            when min(under_watch - ended) over (partition by lifecycle_model, stage order by days rows unbounded preceding) > 0
                then exp(sum(case when under_watch > ended then ln(1 - 1.0e0 * ended / under_watch) end) over (
                    partition by lifecycle_model, stage order by days rows unbounded preceding
                ))
            else 0e0
        end as share_left
    from at_risk
)

select
    lifecycle_model,
    stage,
    cast(sum(spells) as bigint) as spells,
    cast(sum(ended) as bigint) as ended,
    cast(sum(spells) - sum(ended) as bigint) as running,
    min(case when {{ rounded('share_left', 9) }} <= 1 - {{ lifecycle_setting('middle_share') }} then days end) as median_days,
    min(case when {{ rounded('share_left', 9) }} <= {{ rounded('1 - ' ~ lifecycle_setting('high_share'), 9) }} then days end) as p90_days
from surviving
group by lifecycle_model, stage
