with

typed as {{ not_kept() }} (
    select * from {{ ref('base_web__raw_events') }}
    where {{ is_to_judge() }}
),

{{ judged_rows(key=['event_id'], keep='first', history=ref('base_web__raw_events')) }},

verdicts as (
    select
        load_id,
        loaded_at,
        row_file,
        row_number,
        event_id,
        problem_column,
        problem_reason,
        problem_value,
        dropped_values,
        row_verdict
    from judged_rows
    where row_verdict <> 'staged' or dropped_values is not null
)

select * from verdicts
