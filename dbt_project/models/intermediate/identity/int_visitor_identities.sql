-- Whose a device is, and when: back-filled before the first identification, split where another person is named.
with

identifications as (
    select * from {{ ref('int_visitor_identifications') }}
),

with_previous as (
    select
        anonymous_id,
        occurred_at,
        lead_id,
        lag(lead_id) over (partition by anonymous_id order by occurred_at asc) as previous_lead_id
    from identifications
),

changes as (
    select
        anonymous_id,
        occurred_at,
        lead_id,
        previous_lead_id
    from with_previous
    where previous_lead_id is null or previous_lead_id <> lead_id
),

periods as (
    select
        anonymous_id,
        lead_id,
        occurred_at as identified_at,
        case when previous_lead_id is not null then occurred_at end as valid_from,
        lead(occurred_at) over (partition by anonymous_id order by occurred_at asc) as valid_to
    from changes
)

select * from periods
