-- A component that was not followed to its end leaves one person with two grades.
with

edges as (
    select * from {{ ref('int_identity_edges') }}
),

persons as (
    select
        record_key,
        lead_id
    from {{ ref('int_person_records') }}
),

torn as (
    select
        edges.record_key,
        edges.other_key,
        edges.rule
    from edges
    inner join persons
        on edges.record_key = persons.record_key
    inner join persons as other_persons
        on edges.other_key = other_persons.record_key
    where persons.lead_id <> other_persons.lead_id
)

select * from torn
