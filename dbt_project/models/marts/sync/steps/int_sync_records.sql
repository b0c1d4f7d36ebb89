-- Which record of the CRM each lead is written to, and by what it is found there: its own id, or the value of a match key.
{% set match_columns = ['lead_id', 'email'] %}
with

leads as (
    select * from {{ ref('leads') }}
    where
        crm_record_id is not null
        and not is_test
),

objects as (
    select * from {{ ref('sync_objects') }}
    where destination = {{ sync_destination() }}
),

sent_to as (
    select
        lead_id,
        object,
        record_id,
        row_number() over (partition by lead_id, object order by sent_at desc, record_id asc) as recency_rank
    from {{ ref('stg_sync__outcomes') }}
    where
        destination = {{ sync_destination() }}
        and outcome in ('accepted', 'unchanged')
),

found_by as (
    select
        leads.lead_id,
        leads.crm_object as object,
        leads.crm_record_id,
        case
            when coalesce(objects.write_mode, 'update') = 'update' then leads.crm_record_id
            {% for column in match_columns %} when objects.match_column = '{{ column }}' then leads.{{ column }} {% endfor %}
        end as own_value,
        sent_to.record_id as sent_to,
        leads.company as account,
        objects.match_key,
        coalesce(objects.write_mode, 'update') as write_mode,
        leads.is_erased or (leads.is_opted_out and not leads.is_opted_out_by_robot) as is_to_be_cleared
    from leads
    left join objects
        on leads.crm_object = objects.object
    left join sent_to
        on
            leads.lead_id = sent_to.lead_id
            and leads.crm_object = sent_to.object
            and sent_to.recency_rank = 1
),

-- the address of an erased person is gone, and where we wrote is to be cleared all the same
named as (
    select
        *,
        coalesce(own_value, case when is_to_be_cleared then sent_to end) as record_id
    from found_by
),

records as (
    select
        lead_id,
        object,
        crm_record_id,
        record_id,
        account,
        match_key,
        -- who has left is not made anew to be cleared
        write_mode = 'upsert' and not is_to_be_cleared as may_create,
        is_to_be_cleared,
        case
            when record_id is null then 'no_match_value'
            when count(*) over (partition by object, record_id) > 1 then 'shared_match_value'
        end as withheld
    from named
)

select * from records
