-- Every value that differs from what the CRM is known to hold, and why it is withheld, if it is.
with

wanted_values as (
    select * from {{ ref('sync_crm__wanted_values') }}
),

known_values as (
    select * from {{ ref('sync_crm__known_values') }}
),

mappings as (
    select * from {{ ref('field_mappings') }}
    where destination = {{ sync_destination() }}
),

overrides as (
    select * from {{ ref('sync_overrides') }}
    where kept_until > {{ as_of() }}
),

cleared as (
    select * from {{ ref('int_sync_last_sent') }}
    where value is null
),

compared as (
    select
        wanted_values.lead_id,
        wanted_values.object,
        wanted_values.record_id,
        wanted_values.account,
        wanted_values.match_key,
        wanted_values.may_create,
        wanted_values.field,
        wanted_values.value_type,
        wanted_values.is_to_be_cleared,
        wanted_values.new_value,
        {{ sync_value('known_values.value') }} as known_value,
        mappings.nulls,
        mappings.overwrite
    from wanted_values
    inner join mappings
        on
            wanted_values.object = mappings.object
            and wanted_values.field = mappings.field
    left join known_values
        on
            wanted_values.object = known_values.object
            and wanted_values.record_id = known_values.record_id
            and wanted_values.field = known_values.field
),

judged as (
    select
        compared.*,
        case
            when compared.is_to_be_cleared and cleared.field is not null then 'opted_out'
            when compared.is_to_be_cleared then null
            when overrides.field is not null then 'overridden'
            when compared.new_value is null and compared.nulls = 'keep' then 'nothing_to_say'
            when compared.overwrite = 'if_empty' and compared.known_value is not null then 'not_empty'
        end as withheld
    from compared
    left join cleared
        on
            compared.object = cleared.object
            and compared.record_id = cleared.record_id
            and compared.field = cleared.field
    left join overrides
        on
            compared.object = overrides.object
            and compared.record_id = overrides.record_id
            and compared.field = overrides.field
    where compared.new_value is distinct from compared.known_value
)

select * from judged
