-- Only what differs and is to be sent: one row for each record and field.
with

judged_values as (
    select * from {{ ref('sync_crm__judged_values') }}
    where withheld is null
),

differences as (
    select
        lead_id,
        object,
        record_id,
        account,
        match_key,
        may_create,
        field,
        value_type,
        new_value,
        known_value,
        {{ as_of() }} as as_of
    from judged_values
)

select * from differences
