-- Every e-mail address that a record has had by the as-of time.
with

leads as (
    select * from {{ ref('stg_crm__leads') }}
),

contacts as (
    select * from {{ ref('stg_crm__contacts') }}
),

shared_mailboxes as (
    select * from {{ ref('shared_mailboxes') }}
),

versions as (
    select
        {{ dbt.concat(["'lead:'", "lead_id"]) }} as record_key,
        email,
        valid_from
    from leads
    where email is not null and valid_from <= {{ last_moment(ref('stg_crm__leads'), ['valid_from']) }}

    union all

    select
        {{ dbt.concat(["'contact:'", "contact_id"]) }} as record_key,
        email,
        valid_from
    from contacts
    where email is not null and valid_from <= {{ last_moment(ref('stg_crm__contacts'), ['valid_from']) }}
),

holders as (
    select
        record_key,
        email,
        min(valid_from) as since
    from versions
    group by record_key, email
),

judged as (
    select
        holders.record_key,
        holders.email,
        holders.since,
        -- a mailbox that several people read does not say who someone is
        shared_mailboxes.local_part is not null as is_shared_mailbox
    from holders
    left join shared_mailboxes
        on {{ dbt.split_part('holders.email', "'@'", 1) }} = shared_mailboxes.local_part
)

select * from judged
