-- What became of every row that was sent, and what that means by the seed.
with

outcomes as (
    select * from {{ ref('stg_sync__outcomes') }}
),

codes as (
    select * from {{ ref('sync_error_codes') }}
),

any_codes as (
    select * from codes
    where code = '*'
),

ranked as (
    select
        *,
        row_number() over (
            partition by destination, object, record_id order by run_id desc, attempt desc
        ) as recency_rank,
        row_number() over (
            partition by run_id, destination, object, record_id order by attempt desc
        ) as recency_in_run_rank
    from outcomes
),

judged as (
    select
        ranked.run_id,
        ranked.destination,
        ranked.object,
        ranked.record_id,
        ranked.lead_id,
        ranked.payload,
        ranked.outcome,
        ranked.code,
        case when ranked.code is not null then coalesce(codes.verdict, any_codes.verdict) end as verdict,
        ranked.message,
        ranked.attempt,
        ranked.sent_at,
        ranked.next_try_at,
        ranked.recency_rank = 1 as is_last,
        ranked.recency_in_run_rank = 1 as is_last_in_run
    from ranked
    left join codes
        on
            ranked.destination = codes.destination
            and ranked.code = codes.code
    left join any_codes
        on ranked.destination = any_codes.destination
)

select * from judged
