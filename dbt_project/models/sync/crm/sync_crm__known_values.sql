-- What the CRM is known to hold: its own value in the last extract, overlaid by later acknowledged sends.
with

shown_values as (
    select * from {{ ref('int_crm_shown_values') }}
    where is_current
),

records as (
    select * from {{ ref('int_sync_records') }}
    where withheld is null
),

mappings as (
    select * from {{ ref('field_mappings') }}
    where destination = {{ sync_destination() }}
),

last_sent as (
    select * from {{ ref('int_sync_last_sent') }}
),

said as (
    select
        records.object,
        records.record_id,
        mappings.field,
        shown_values.value,
        shown_values.loaded_at as known_at
    from shown_values
    inner join records
        on
            shown_values.object = records.object
            and shown_values.crm_record_id = records.crm_record_id
    inner join mappings
        on
            shown_values.object = mappings.object
            and shown_values.known_column = mappings.known_column

    union all

    select
        object,
        record_id,
        field,
        value,
        sent_at as known_at
    from last_sent
),

ranked as (
    select
        *,
        row_number() over (partition by object, record_id, field order by known_at desc) as recency
    from said
),

known as (
    select
        object,
        record_id,
        field,
        value,
        known_at
    from ranked
    where recency = 1
)

select * from known
