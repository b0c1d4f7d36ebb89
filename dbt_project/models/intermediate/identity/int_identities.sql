-- Every identifier of a person, with the rule that tied it and since when.
with

person_records as (
    select * from {{ ref('int_person_records') }}
),

edges as (
    select * from {{ ref('int_identity_edges') }}
),

email_holders as (
    select * from {{ ref('int_email_holders') }}
),

edge_ends as (
    select
        record_key,
        rule,
        since
    from edges

    union all

    select
        other_key as record_key,
        rule,
        since
    from edges
),

ranked_rules as (
    select
        record_key,
        rule,
        since,
        row_number() over (partition by record_key order by since asc nulls last, rule asc) as rule_rank
    from edge_ends
),

record_identities as (
    select
        person_records.record_type as identifier_type,
        person_records.record_id as identifier,
        person_records.lead_id,
        case when person_records.survivor_rank = 1 then 'surviving_record' else ranked_rules.rule end as rule,
        case
            when person_records.survivor_rank = 1 then person_records.created_at
            else coalesce(ranked_rules.since, person_records.created_at)
        end as since
    from person_records
    left join ranked_rules
        on
            person_records.record_key = ranked_rules.record_key
            and ranked_rules.rule_rank = 1
),

email_identities as (
    select
        'email' as identifier_type,
        email_holders.email as identifier,
        max(person_records.lead_id) as lead_id,
        'record_email' as rule,
        min(email_holders.since) as since
    from email_holders
    inner join person_records
        on email_holders.record_key = person_records.record_key
    group by email_holders.email
    -- an address that several people hold speaks for none of them
    having count(distinct person_records.lead_id) = 1
),

identities as (
    select * from record_identities
    union all
    select * from email_identities
)

select * from identities
