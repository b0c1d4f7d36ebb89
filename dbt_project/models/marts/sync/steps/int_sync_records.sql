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

found_by as (
    select
        leads.lead_id,
        leads.crm_object as object,
        leads.crm_record_id,
        case
            when coalesce(objects.write_mode, 'update') = 'update' then leads.crm_record_id
            {% for column in match_columns %} when objects.match_column = '{{ column }}' then leads.{{ column }} {% endfor %}
        end as record_id,
        leads.company as account,
        objects.match_key,
        coalesce(objects.write_mode, 'update') as write_mode,
        leads.is_opted_out and not leads.is_opted_out_by_robot as is_to_be_cleared
    from leads
    left join objects
        on leads.crm_object = objects.object
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
    from found_by
)

select * from records
