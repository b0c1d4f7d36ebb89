with

raw_rows as {{ not_kept() }} (
    {{ raw_rows('crm', 'campaign_members') }}
),

typed as {{ not_kept() }} (
    select
        {{ row_origin() }},

        -- identifiers
        {{ read_text('campaign_id') }} as campaign_id,
        {{ read_text('lead_id') }} as lead_id,
        {{ read_text('contact_id') }} as contact_id,

        -- state
        {{ read_text('status') }} as status,

        -- times
        {{ read_timestamp('responded_at') }} as responded_at,

        -- verdict
        {{ row_problem({'campaign_id': 'text'}) }},
        {{ dropped_values({'responded_at': 'timestamp'}) }}
    from raw_rows
),

{{ judged_rows(key=['campaign_id', 'lead_id', 'contact_id'], keep='latest') }}

select * from judged_rows
