-- From stage to stage, by cohort of entry and by what the leads have in common. Cohorts that are too young have counts and no rate.
with

passages as (
    select * from {{ ref('int_stage_passages') }}
),

lags as (
    select * from {{ ref('int_passage_lags') }}
),

traits as (
    select * from {{ ref('int_lead_traits') }}
),

settings as (
    select * from {{ ref('lifecycle_settings') }}
),

timed as (
    select
        passages.*,
        lags.maturity_days,
        {{ dbt.datediff('passages.entered_at', 'passages.passed_at', 'day') }} as lag_days
    from passages
    left join lags
        on
            passages.lifecycle_model = lags.lifecycle_model
            and passages.from_stage = lags.from_stage
            and passages.to_stage = lags.to_stage
),

cohorts as (
    {% for grain in ['week', 'month'] -%}
        select
            passages.lifecycle_model,
            passages.from_stage,
            passages.to_stage,
            '{{ grain }}' as cohort_grain,
            cast({{ dbt.date_trunc(grain, 'passages.entered_at') }} as date) as cohort,
            cast({{ dbt.dateadd(grain, 1, dbt.date_trunc(grain, 'passages.entered_at')) }} as date) as cohort_end,
            traits.dimension,
            traits.dimension_value,
            cast(count(*) as bigint) as entered,
            cast(count(passages.passed_at) as bigint) as passed,
            cast(count(case when passages.lag_days <= passages.maturity_days then 1 end) as bigint) as passed_in_time,
            passages.maturity_days
        from timed as passages
        inner join traits
            on passages.lead_id = traits.lead_id
        group by
            passages.lifecycle_model, passages.from_stage, passages.to_stage, passages.maturity_days,
            {{ dbt.date_trunc(grain, 'passages.entered_at') }}, traits.dimension, traits.dimension_value
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}
),

aged as (
    select
        *,
        coalesce({{ dbt.datediff('cohort_end', as_of_date(), 'day') }} >= maturity_days, false) as is_mature
    from cohorts
)

{% set z = lifecycle_setting('confidence_z') -%}
select
    lifecycle_model,
    from_stage,
    to_stage,
    cohort_grain,
    cohort,
    dimension,
    dimension_value,
    entered,
    passed,
    passed_in_time,
    cast(maturity_days as integer) as maturity_days,
    is_mature,
    case when is_mature then cast({{ rounded('1.0e0 * passed / entered', 4) }} as decimal(9, 4)) end as conversion,
    case when is_mature then {{ wilson('passed', 'entered', z, '-') }} end as conversion_low,
    case when is_mature then {{ wilson('passed', 'entered', z, '+') }} end as conversion_high
from aged
