-- What ties two records to one person, with the rule and since when.
with

records as (
    select * from {{ ref('int_crm_records') }}
),

email_holders as (
    select * from {{ ref('int_email_holders') }}
    where not is_shared_mailbox
),

manual_merges as (
    select * from {{ ref('manual_merges') }}
),

crm_merges as (
    select
        record_key,
        {{ dbt.concat(["record_type", "':'", "master_record_id"]) }} as other_key,
        'crm_merge' as rule,
        coalesce(updated_at, valid_from) as since
    from records
    where master_record_id is not null
),

crm_conversions as (
    select
        record_key,
        {{ dbt.concat(["'contact:'", "converted_contact_id"]) }} as other_key,
        'crm_conversion' as rule,
        coalesce(converted_at, valid_from) as since
    from records
    where converted_contact_id is not null
),

listed as (
    select
        {{ dbt.concat(["record_type", "':'", "record_id"]) }} as record_key,
        {{ dbt.concat(["same_as_record_type", "':'", "same_as_record_id"]) }} as other_key,
        'manual_merge' as rule,
        merged_at as since
    from manual_merges
    where merged_at is null or merged_at <= {{ last_moment(ref('manual_merges'), ['merged_at']) }}
),

first_holders as (
    select
        email,
        min(record_key) as first_key,
        min_by(since, record_key) as first_since
    from email_holders
    group by email
),

same_email as (
    select
        email_holders.record_key,
        first_holders.first_key as other_key,
        'same_email' as rule,
        greatest(email_holders.since, first_holders.first_since) as since
    from email_holders
    inner join first_holders
        on email_holders.email = first_holders.email
    where email_holders.record_key <> first_holders.first_key
),

edges as (
    select * from crm_merges
    union all
    select * from crm_conversions
    union all
    select * from listed
    union all
    select * from same_email
),

-- a master or contact that was never handed over cannot be written to: the edge waits until it arrives
known_edges as (
    select edges.*
    from edges
    inner join records as one_end
        on edges.record_key = one_end.record_key
    inner join records as other_end
        on edges.other_key = other_end.record_key
)

select * from known_edges
