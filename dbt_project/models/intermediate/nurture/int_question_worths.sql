-- What an answer to a question is worth in points of the default model on average, and how often one is known.
with

lead_attributes as (
    select distinct
        lead_id,
        attribute
    from {{ ref('int_lead_attributes') }}
),

lead_total as (
    select count(*) as lead_count
    from {{ ref('int_leads') }}
),

questions as (
    select * from {{ ref('profile_questions') }}
),

criterion_points as (
    select * from {{ ref('int_attribute_points') }}
),

known_totals as (
    select
        attribute,
        count(*) as known_count
    from lead_attributes
    group by attribute
),

-- what an answer brings on average, over all who gave one
worths as (
    select
        criterion_points.criterion,
        criterion_points.attribute,
        cast(round(cast(sum(criterion_points.points) as decimal(28, 8)) / max(known_totals.known_count), 4) as decimal(18, 4)) as points
    from criterion_points
    inner join known_totals
        on criterion_points.attribute = known_totals.attribute
    group by criterion_points.criterion, criterion_points.attribute
),

described as (
    select
        questions.attribute,
        worths.criterion,
        coalesce(worths.points, cast(0 as decimal(18, 4))) as points,
        cast(
            round(cast(coalesce(known_totals.known_count, 0) as decimal(28, 8)) / nullif(lead_total.lead_count, 0), 4)
            as decimal(18, 4)
        ) as answer_rate
    from questions
    cross join lead_total
    left join worths
        on questions.attribute = worths.attribute
    left join known_totals
        on questions.attribute = known_totals.attribute
)

select * from described
