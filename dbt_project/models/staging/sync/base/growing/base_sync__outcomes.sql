with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('sync', 'outcomes') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('run_id') }} as run_id,
        {{ read_text('destination') }} as destination,
        {{ read_text('object') }} as object,
        {{ read_text('record_id') }} as record_id,
        {{ read_text('lead_id') }} as lead_id,

        -- what was sent
        {{ read_text('payload') }} as payload,

        -- what came of it
        {{ read_text('outcome') }} as outcome,
        {{ read_text('code') }} as code,
        {{ read_text('message') }} as message,
        -- a first try does not always say so
        coalesce({{ read_integer('attempt') }}, 1) as attempt,

        -- times
        {{ read_timestamp('sent_at') }} as sent_at,
        {{ read_timestamp('next_try_at') }} as next_try_at,

        -- verdict
        {{ row_problem({
            'run_id': 'text', 'sent_at': 'timestamp', 'destination': 'text', 'object': 'text',
            'record_id': 'text', 'payload': 'text', 'outcome': 'text'
        }) }},
        {{ dropped_values({'attempt': 'integer', 'next_try_at': 'timestamp'}) }}
    from raw_rows
    where {{ is_to_judge() }}
),

{{ judged_rows(key=['run_id', 'destination', 'object', 'record_id', 'attempt'], keep='first', history=this) }}

select * from judged_rows
