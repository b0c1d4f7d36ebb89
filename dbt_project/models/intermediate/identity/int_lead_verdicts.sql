-- What kind of lead it is, by the lists: a test record, a free-mail or throw-away address.
with

leads as (
    select
        *,
        {{ lower_case(trim_blanks(dbt.concat(["coalesce(first_name, '')", "' '", "coalesce(last_name, '')"]))) }} as full_name,
        {{ dbt.split_part('email', "'@'", 2) }} as email_domain
    from {{ ref('int_leads') }}
),

mail_domains as (
    select * from {{ ref('mail_domains') }}
),

test_patterns as (
    select * from {{ ref('test_record_patterns') }}
),

test_records as (
    select distinct leads.lead_id
    from leads
    inner join test_patterns
        on
            (test_patterns.column_name = 'email' and leads.email like test_patterns.pattern)
            or (test_patterns.column_name = 'full_name' and leads.full_name like test_patterns.pattern)
            or (test_patterns.column_name = 'company' and {{ lower_case('leads.company') }} like test_patterns.pattern)
),

verdicts as (
    select
        leads.lead_id,
        leads.email_domain,
        case
            when leads.email is null then null
            else coalesce(mail_domains.kind, 'business')
        end as email_domain_kind,
        test_records.lead_id is not null as is_test
    from leads
    left join mail_domains
        on leads.email_domain = mail_domains.domain
    left join test_records
        on leads.lead_id = test_records.lead_id
)

select * from verdicts
