select
    run_id,
    sent_at,
    destination,
    object,
    record_id,
    payload,
    outcome,
    attempt,
    next_try_at
from {{ source('sync', 'outcomes') }}
