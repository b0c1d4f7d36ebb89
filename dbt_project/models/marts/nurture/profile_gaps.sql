-- The one or two fields to ask each lead next: by the points that an answer is worth on average and how often one is given.
with

leads as (
    select lead_id from {{ ref('int_leads') }}
),

lead_attributes as (
    select * from {{ ref('int_lead_attributes') }}
),

questions as (
    select * from {{ ref('profile_questions') }}
),

worths as (
    select * from {{ ref('int_question_worths') }}
),

settings as (
    select * from {{ ref('nurture_settings') }}
),

-- another attribute may have won the criterion's points already
points_held as (
    select
        lead_id,
        criterion,
        max(points) as points
    from {{ ref('int_attribute_points') }}
    group by lead_id, criterion
),

gaps as (
    select
        leads.lead_id,
        questions.attribute,
        questions.question,
        questions.question_rank,
        questions.base_points,
        sum(greatest(worths.points - coalesce(points_held.points, 0), 0)) as expected_points,
        max(worths.answer_rate) as answer_rate
    from leads
    cross join questions
    inner join worths
        on questions.attribute = worths.attribute
    left join points_held
        on
            leads.lead_id = points_held.lead_id
            and worths.criterion = points_held.criterion
    anti join lead_attributes
        on
            leads.lead_id = lead_attributes.lead_id
            and questions.attribute = lead_attributes.attribute
    group by leads.lead_id, questions.attribute, questions.question, questions.question_rank, questions.base_points
),

ranked as (
    select
        *,
        row_number() over (
            partition by lead_id
            order by (base_points + expected_points) * answer_rate desc, question_rank asc
        ) as ask_rank
    from gaps
)

select
    ranked.lead_id,
    cast(ranked.ask_rank as integer) as ask_rank,
    ranked.attribute,
    ranked.question,
    cast(ranked.expected_points as decimal(18, 4)) as expected_points,
    ranked.answer_rate
from ranked
cross join settings
where ranked.ask_rank <= settings.questions_at_a_time
