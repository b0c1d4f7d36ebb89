select
    run_id,
    sent_at,
    destination,
    object,
    record_id,
    payload,
    outcome
from {{ source('sync', 'outcomes') }}
