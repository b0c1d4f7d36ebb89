with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('messaging', 'events') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('event_id') }} as event_id,
        {{ read_text('recipient') }} as recipient,
        {{ read_text('campaign_id') }} as campaign_id,

        -- what happened
        {{ read_text('channel') }} as channel,
        {{ read_text('event_type') }} as event_type,
        {{ read_text('url') }} as url,

        -- times
        {{ read_timestamp('occurred_at') }} as occurred_at,

        -- verdict
        {{ row_problem({
            'event_id': 'text', 'occurred_at': 'timestamp', 'channel': 'text', 'recipient': 'text',
            'event_type': 'text'
        }) }},
        {{ dropped_values({}) }}
    from raw_rows
),

{{ judged_rows(key=['event_id'], keep='first') }}

select * from judged_rows
