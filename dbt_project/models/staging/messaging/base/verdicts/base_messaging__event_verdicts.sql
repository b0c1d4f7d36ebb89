with

typed as {{ not_kept() }} (
    select * from {{ ref('base_messaging__raw_events') }}
    where {{ is_to_judge() }}
),

{{ event_verdicts(ref('base_messaging__raw_events')) }}

select * from verdicts
