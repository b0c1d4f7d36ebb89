with

typed as (
    {% call(raw_rows) from_raw_parts('messaging', 'events') -%}
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

        -- times, within their limits or not: so engines can skip what a query does not ask for
        {{ parse_timestamp('occurred_at') }} as occurred_at,

        -- verdict
        {{ row_problem({
            'event_id': 'text', 'occurred_at': 'timestamp', 'channel': 'text', 'recipient': 'text',
            'event_type': 'text'
        }) }},
        {{ dropped_values({}) }}
    from {{ raw_rows }}
    {%- endcall %}
)

select * from typed
