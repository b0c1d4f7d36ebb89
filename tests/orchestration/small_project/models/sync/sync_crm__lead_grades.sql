with

wanted as (

    select * from {{ ref('sync_crm__wanted_values') }}

),

accepted as (

    select * from {{ ref('base_sync__outcomes') }}
    where outcome in ('accepted', 'unchanged')

),

known as (

    select
        accepted.object,
        accepted.record_id,
        sent.field,
        arg_max(json_extract_string(accepted.payload, '$.' || sent.field), accepted.sent_at) as known_value
    from accepted, unnest(json_keys(accepted.payload)) as sent (field)
    group by all

),

differences as (

    select
        wanted.lead_id,
        wanted.object,
        cast(wanted.record_id as varchar) as record_id,
        '' as account,
        wanted.field,
        wanted.new_value,
        known.known_value,
        wanted.value_type,
        lead_scores.as_of,
        cast(null as varchar) as match_key,
        false as may_create
    from wanted
    inner join {{ ref('lead_scores') }} as lead_scores on wanted.lead_id = lead_scores.lead_id
    left join known
        on
            wanted.object = known.object
            and cast(wanted.record_id as varchar) = known.record_id
            and wanted.field = known.field
    where
        case
            when wanted.value_type = 'number'
                then try_cast(wanted.new_value as double) is distinct from try_cast(known.known_value as double)
            else wanted.new_value is distinct from known.known_value
        end

)

select * from differences
