-- What the CRM should hold, long: one row for each record and mapped field.
with

source_values as (
    select * from {{ ref('sync_crm__source_values') }}
),

leads as (
    select * from {{ ref('leads') }}
    where
        crm_record_id is not null
        and not is_test
),

mappings as (
    select * from {{ ref('field_mappings') }}
    where destination = {{ sync_destination() }}
),

wanted as (
    select
        leads.lead_id,
        leads.crm_object as object,
        leads.crm_record_id as record_id,
        leads.company as account,
        mappings.field,
        mappings.known_column,
        mappings.value_type,
        leads.is_opted_out and not leads.is_opted_out_by_robot as is_to_be_cleared,
        case
            when leads.is_opted_out and not leads.is_opted_out_by_robot then null
            else {{ sync_value('source_values.value') }}
        end as new_value
    from leads
    inner join mappings
        on leads.crm_object = mappings.object
    inner join source_values
        on
            leads.lead_id = source_values.lead_id
            and mappings.source_column = source_values.source_column
)

select * from wanted
