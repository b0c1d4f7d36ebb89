with

typed as (
    {% call(raw_rows) from_raw_parts('email', 'events') -%}
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('event_id') }} as event_id,
        {{ read_email_address('recipient') }} as recipient,
        {{ read_text('message_id') }} as message_id,
        {{ read_text('campaign_id') }} as campaign_id,

        -- what happened
        {{ read_text('event_type') }} as event_type,
        {{ read_text('url') }} as url,

        -- where it came from
        {{ read_text('user_agent') }} as user_agent,
        {{ read_text('ip') }} as ip,
        {{ read_text('http_method') }} as http_method,

        -- times, within their limits or not: so engines can skip what a query does not ask for
        {{ parse_timestamp('occurred_at') }} as occurred_at,

        -- verdict
        {{ row_problem({'event_id': 'text', 'occurred_at': 'timestamp', 'recipient': 'email_address', 'event_type': 'text'}) }},
        {{ dropped_values({}) }}
    from {{ raw_rows }}
    {%- endcall %}
)

select * from typed
