with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('sync', 'runs') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('run_id') }} as run_id,
        {{ read_text('destination') }} as destination,

        -- what it came to
        {{ read_integer('records_differing') }} as records_differing,
        {{ read_integer('records_resting') }} as records_resting,
        {{ read_integer('records_overwritten') }} as records_overwritten,
        {{ read_integer('records_unsent') }} as records_unsent,
        {{ read_boolean('is_partial') }} as is_partial,
        {{ read_text('stopped') }} as stopped,

        -- what it took
        {{ read_integer('calls') }} as calls,
        {{ read_integer('quota_used') }} as quota_used,
        {{ read_integer('quota_limit') }} as quota_limit,

        -- times
        {{ read_timestamp('started_at') }} as started_at,
        {{ read_timestamp('ended_at') }} as ended_at,

        -- verdict
        {{ row_problem({
            'run_id': 'text', 'destination': 'text', 'started_at': 'timestamp', 'ended_at': 'timestamp'
        }) }},
        {{ dropped_values({
            'records_differing': 'integer', 'records_resting': 'integer', 'records_overwritten': 'integer',
            'records_unsent': 'integer', 'is_partial': 'boolean',
            'calls': 'integer', 'quota_used': 'integer', 'quota_limit': 'integer'
        }) }}
    from raw_rows
),

{{ judged_rows(key=['run_id'], keep='latest') }}

select * from judged_rows
