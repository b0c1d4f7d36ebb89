-- What a person last said about each channel; of two answers at one moment the refusal counts, and so does what nobody understands.
with

told_values as (
    select * from {{ ref('int_told_values') }}
),

channels as (
    select * from {{ ref('nurture_channels') }}
),

consent_values as (
    select * from {{ ref('consent_values') }}
),

answers as (
    select
        told_values.lead_id,
        channels.channel,
        told_values.observed_at,
        coalesce(consent_values.is_given, false) as is_given
    from told_values
    inner join channels
        on told_values.attribute = channels.consent_attribute
    left join consent_values
        on told_values.value = consent_values.value
),

ranked as (
    select
        *,
        row_number() over (
            partition by lead_id, channel
            order by observed_at desc nulls last, is_given asc
        ) as answer_rank
    from answers
),

consents as (
    select
        lead_id,
        channel,
        is_given,
        observed_at
    from ranked
    where answer_rank = 1
)

select * from consents
