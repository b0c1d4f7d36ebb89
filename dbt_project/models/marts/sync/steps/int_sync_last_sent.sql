-- The last value that the CRM took from us, by record and field, and the record that it went to.
with

sent_values as (
    select
        *,
        row_number() over (partition by object, record_id, field order by sent_at desc, run_id desc) as recency_rank
    from {{ ref('stg_sync__sent_values') }}
    where
        destination = {{ sync_destination() }}
        and outcome in ('accepted', 'unchanged')
),

records as (
    select * from {{ ref('int_sync_records') }}
    where withheld is null
),

last_sent as (
    select
        sent_values.object,
        sent_values.record_id,
        coalesce(records.crm_record_id, sent_values.record_id) as crm_record_id,
        sent_values.field,
        sent_values.value,
        sent_values.sent_at
    from sent_values
    left join records
        on
            sent_values.object = records.object
            and sent_values.record_id = records.record_id
    where sent_values.recency_rank = 1
)

select * from last_sent
