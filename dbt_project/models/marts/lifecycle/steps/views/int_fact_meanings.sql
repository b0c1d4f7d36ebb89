-- Which signals each distinct fact is: a thousand calls without answer are judged once.
with

facts as (
    select * from {{ ref('int_lifecycle_facts') }}
),

models as (
    select * from {{ ref('lifecycle_models') }}
    where is_active
),

transitions as (
    select * from {{ ref('int_lifecycle_transitions') }}
),

signals as (
    select signals.*
    from {{ ref('lifecycle_signals') }} as signals
    semi join models
        on signals.lifecycle_model = models.lifecycle_model
    semi join transitions
        on
            signals.lifecycle_model = transitions.lifecycle_model
            and signals.signal = transitions.signal
),

stages as (
    select * from {{ ref('lifecycle_stages') }}
),

probabilities as (
    select * from {{ ref('opportunity_stages') }}
),

distinct_facts as (
    select distinct
        fact,
        fact_name,
        fact_value
    from facts
    where fact in (select signals.fact from signals)
),

readings as (
    select
        distinct_facts.*,
        {{ lower_case(trim_blanks('distinct_facts.fact_name')) }} as name_read,
        {{ lower_case(trim_blanks('distinct_facts.fact_value')) }} as value_read,
        probabilities.probability
    from distinct_facts
    left join probabilities
        on distinct_facts.fact_value = probabilities.stage
),

meanings as (
    select
        readings.fact,
        readings.fact_name,
        readings.fact_value,
        signals.lifecycle_model,
        signals.signal,
        stages.stage_rank
    from readings
    inner join signals
        on
            readings.fact = signals.fact
            and {{ is_listed('readings.name_read', 'signals.fact_name') }}
            and {{ is_listed('readings.value_read', 'signals.fact_value') }}
            and not (signals.except_value is not null and {{ is_listed('readings.value_read', 'signals.except_value') }})
            and (signals.from_probability is null or readings.probability >= signals.from_probability)
            and (signals.to_probability is null or readings.probability < signals.to_probability)
    inner join stages
        on
            signals.lifecycle_model = stages.lifecycle_model
            and signals.to_stage = stages.stage
)

select * from meanings
