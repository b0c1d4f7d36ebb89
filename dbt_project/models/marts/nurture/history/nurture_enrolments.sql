-- When each lead first came into each programme, and on which side of its hold-out: appended once, never rewritten.
with

programs as (
    select * from {{ ref('nurture_programs') }}
),

new_enrolments as (
    select
        programs.lead_id,
        programs.program,
        programs.as_of as enrolled_at,
        programs.is_held_out
    from programs
    {% if is_incremental() -%}
        -- a replay of the past writes no history
        inner join (select max(enrolled_at) as enrolled_at from {{ this }}) as last_enrolment
            on last_enrolment.enrolled_at is null or programs.as_of >= last_enrolment.enrolled_at
        anti join {{ this }} as past
            on
                programs.lead_id = past.lead_id
                and programs.program = past.program
    {%- endif %}
)

select * from new_enrolments
