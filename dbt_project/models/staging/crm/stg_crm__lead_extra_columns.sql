with

leads as (
    select * from {{ ref('stg_crm__leads') }}
),

with_extra_columns as (
    select
        lead_id,
        valid_from,
        valid_to,
        extra_columns
    from leads
    where extra_columns is not null
),

exploded as (
    select
        lead_id,
        entries.key as attribute,
        {{ text_without_blanks(json_entry_text('entries.value')) }} as value,
        valid_from,
        valid_to
    from with_extra_columns
    {{ json_entries('extra_columns', 'entries') }}
),

known as (
    select * from exploded
    where value is not null
)

select * from known
