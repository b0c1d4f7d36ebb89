with

typed as (
    {% call(raw_rows) from_raw_parts('web', 'events') -%}
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('event_id') }} as event_id,
        {{ read_text('anonymous_id') }} as anonymous_id,
        {{ read_text('user_id') }} as user_id,
        {{ read_email_address('email') }} as email,

        -- what happened
        {{ read_text('event_type') }} as event_type,
        {{ read_text('url') }} as url,
        {{ read_number('dwell_seconds') }} as dwell_seconds,
        {{ read_text('properties') }} as properties,

        -- where it came from
        {{ read_text('referrer') }} as referrer,
        {{ read_text('utm_source') }} as utm_source,
        {{ read_text('utm_medium') }} as utm_medium,
        {{ read_text('utm_campaign') }} as utm_campaign,
        {{ read_text('utm_term') }} as utm_term,
        {{ read_text('utm_content') }} as utm_content,
        {{ read_text('user_agent') }} as user_agent,
        {{ read_text('ip') }} as ip,

        -- times, within their limits or not: so engines can skip what a query does not ask for
        {{ parse_timestamp('occurred_at') }} as occurred_at,

        -- verdict
        {{ row_problem({'event_id': 'text', 'occurred_at': 'timestamp', 'anonymous_id': 'text', 'event_type': 'text'}) }},
        {{ dropped_values({'email': 'email_address', 'dwell_seconds': 'number'}) }}
    from {{ raw_rows }}
    {%- endcall %}
)

select * from typed
