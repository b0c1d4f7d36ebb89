with

records as (
    select
        *,
        not coalesce(is_deleted, false) and master_record_id is null as is_live
    from {{ ref('int_crm_records') }}
),

components as (
    select * from {{ ref('int_record_components') }}
),

tied as (
    select
        records.*,
        components.component as person_key
    from records
    inner join components
        on records.record_key = components.node
),

-- most people have one record: only of the others one has to be chosen
alone as (
    select
        records.*,
        records.record_key as person_key
    from records
    anti join components
        on records.record_key = components.node
),

ranked as (
    select
        *,
        -- the person's name in the marts: a lead record before a contact, live before gone, the oldest of these
        row_number() over (
            partition by person_key
            order by record_type desc, is_live desc, created_at asc, record_id asc
        ) as survivor_rank,
        -- whose values count, and whom the CRM's users look at: live, then the contact a lead became, then the newest
        row_number() over (
            partition by person_key
            order by is_live desc, record_type asc, updated_at desc, created_at desc, record_id asc
        ) as value_rank
    from tied

    union all

    select
        *,
        1 as survivor_rank,
        1 as value_rank
    from alone
),

survivors as (
    select
        person_key,
        -- a CRM that counts each kind of record from 1 has a contact and a lead of the same id
        case when record_type = 'lead' then record_id else record_key end as lead_id
    from ranked
    where survivor_rank = 1
),

person_records as (
    select
        ranked.*,
        survivors.lead_id
    from ranked
    inner join survivors
        on ranked.person_key = survivors.person_key
)

select * from person_records
