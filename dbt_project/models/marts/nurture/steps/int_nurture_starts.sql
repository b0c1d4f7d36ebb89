-- One row for each lead in a programme (step 0), and for each that a step was sent to: when it began.
with

enrolments as (
    select * from {{ ref('nurture_enrolments') }}
    where enrolled_at <= {{ as_of() }}
),

sent as (
    select * from {{ ref('int_step_sends') }}
),

started as (
    select
        enrolments.lead_id,
        enrolments.program,
        0 as step,
        enrolments.is_held_out,
        enrolments.enrolled_at as started_at,
        cast(coalesce(sum(sent.send_count), 0) as bigint) as send_count,
        cast(coalesce(sum(sent.response_count), 0) as bigint) as response_count
    from enrolments
    left join sent
        on
            enrolments.lead_id = sent.lead_id
            and enrolments.program = sent.program
    group by enrolments.lead_id, enrolments.program, enrolments.is_held_out, enrolments.enrolled_at

    union all

    select
        lead_id,
        program,
        step,
        false as is_held_out,
        first_sent_at as started_at,
        send_count,
        response_count
    from sent
)

select * from started
