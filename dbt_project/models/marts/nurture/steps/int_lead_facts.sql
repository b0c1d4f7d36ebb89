-- Everything that a segment may ask for, long: what is known of a lead, its grade, interests and what it did lately.
{% set columns = [
    ('scores', 'grade', none), ('scores', 'profile_grade', none), ('scores', 'engagement_level', none),
    ('lifecycle', 'stage', none), ('lifecycle', 'stage_group', none), ('lifecycle', 'stage_kind', none),
    ('lifecycle', 'age_in_stage_days', 'days_in_stage')
] %}
with

lead_attributes as (
    select * from {{ ref('int_lead_attributes') }}
),

leads as (
    select * from {{ ref('int_leads') }}
),

scores as (
    select scores.*
    from {{ ref('lead_grades') }} as scores
    semi join {{ ref('scoring_models') }} as models
        on
            scores.scoring_model = models.scoring_model
            and models.is_default
),

lifecycle as (
    select lifecycle.*
    from {{ ref('lead_lifecycle') }} as lifecycle
    semi join {{ ref('lifecycle_models') }} as models
        on
            lifecycle.lifecycle_model = models.lifecycle_model
            and models.is_default
),

interests as (
    select * from {{ ref('interest_profile') }}
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
        lead_id,
        attribute as fact,
        value
    from lead_attributes

    union all

    {% for relation, column, fact in columns -%}
        select
            lead_id,
            '{{ fact or column }}' as fact,
            cast({{ column }} as string) as value
        from {{ relation }}

        union all

    {% endfor -%}
    select
        lead_id,
        case aspect when 'topic' then 'interest' else 'preferred_channel' end as fact,
        value
    from interests
    where aspect = 'topic' or (aspect = 'channel' and preference_rank = 1)

    union all

    select
        lead_id,
        'days_since_created' as fact,
        cast({{ dbt.datediff('created_at', as_of(), 'day') }} as string) as value
    from leads

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
