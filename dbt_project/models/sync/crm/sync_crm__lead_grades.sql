-- Only what differs: one row for each record and field whose value in the CRM is not the one it should be.
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

compared as (
    select
        wanted_values.lead_id,
        wanted_values.object,
        wanted_values.record_id,
        wanted_values.account,
        wanted_values.field,
        wanted_values.value_type,
        wanted_values.new_value,
        {{ sync_value('known_values.value', 'wanted_values.value_type', 'mappings.decimals') }} as known_value,
        {{ as_of() }} as as_of
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

differences as (
    select *
    from compared
    where new_value is distinct from known_value
)

select * from differences
