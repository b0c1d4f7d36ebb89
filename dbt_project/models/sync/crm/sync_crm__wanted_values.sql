-- What the CRM should hold, long: one row for each record and mapped field.
with

source_values as (
    select * from {{ ref('sync_crm__source_values') }}
),

records as (
    select * from {{ ref('int_sync_records') }}
    where withheld is null
),

mappings as (
    select * from {{ ref('field_mappings') }}
    where destination = {{ sync_destination() }}
),

wanted as (
    select
        records.lead_id,
        records.object,
        records.record_id,
        records.account,
        records.match_key,
        records.may_create,
        mappings.field,
        mappings.known_column,
        mappings.value_type,
        records.is_to_be_cleared,
        case
            when not records.is_to_be_cleared then {{ sync_value('source_values.value') }}
        end as new_value
    from records
    inner join mappings
        on records.object = mappings.object
    inner join source_values
        on
            records.lead_id = source_values.lead_id
            and mappings.source_column = source_values.source_column
)

select * from wanted
