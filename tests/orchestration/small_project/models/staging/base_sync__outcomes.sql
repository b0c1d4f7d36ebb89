select
    run_id,
    sent_at,
    destination,
    object,
    record_id,
    payload,
    outcome,
    attempt
from {{ source('sync', 'outcomes') }}
