-- Everything that a segment may ask for, long: what is known of a lead and what it answered, what is computed of it, and what it did lately.
with

lead_attributes as (
    select * from {{ ref('int_lead_attributes') }}
),

answer_facts as (
    select * from {{ ref('lead_facts') }}
    where kind = 'answer'
),

answers as (
    select * from {{ ref('int_told_answers') }}
),

computed_facts as (
    select * from {{ ref('int_computed_facts') }}
),

behaviour_counts as (
    select * from {{ ref('int_behaviour_counts') }}
),

roles as (
    select
        contacts.lead_id,
        roles.role
    from {{ ref('stg_crm__opportunity_contacts') }} as roles
    inner join {{ ref('int_identities') }} as contacts
        on
            contacts.identifier_type = 'contact'
            and roles.contact_id = contacts.identifier
),

facts as (
    select
        lead_attributes.lead_id,
        lead_attributes.attribute as fact,
        lead_attributes.value
    from lead_attributes
    anti join answer_facts
        on lead_attributes.attribute = answer_facts.fact

    union all

    select
        lead_id,
        attribute as fact,
        value
    from answers

    union all

    select
        lead_id,
        fact,
        value
    from computed_facts

    union all

    select
        lead_id,
        fact,
        cast(activity_count as string) as value
    from behaviour_counts

    union all

    select
        lead_id,
        'customer_role' as fact,
        role as value
    from roles
)

select distinct
    lead_id,
    fact,
    value
from facts
where value is not null
