with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('crm', 'users') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('user_id') }} as user_id,

        -- person
        {{ read_text('name') }} as name,
        {{ read_email_address('email') }} as email,
        {{ read_text('team') }} as team,
        {{ read_text('region') }} as region,
        {{ read_text('time_zone') }} as time_zone,
        {{ read_boolean('is_active') }} as is_active,

        -- verdict
        {{ row_problem({'user_id': 'text'}) }},
        {{ dropped_values({'email': 'email_address', 'is_active': 'boolean'}) }}
    from raw_rows
),

{{ judged_rows(key=['user_id'], keep='latest') }}

select * from judged_rows
