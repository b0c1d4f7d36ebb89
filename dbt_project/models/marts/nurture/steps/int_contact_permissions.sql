-- Whether each address of a lead may be used, and why not: the first reason that speaks against it.
with

addresses as (
    select * from {{ ref('int_contact_addresses') }}
),

leads as (
    select
        *,
        {{ lower_case(trim_blanks('country')) }} as country_read
    from {{ ref('leads') }}
),

bounced as (
    select * from {{ ref('int_bounced_addresses') }}
),

consents as (
    select * from {{ ref('int_consents') }}
),

consent_rules as (
    select * from {{ ref('consent_rules') }}
),

strictest_rules as (
    select
        channel,
        max(case when is_consent_required then 1 else 0 end) = 1 as is_consent_required
    from consent_rules
    group by channel
),

places as (
    select distinct {{ lower_case('country') }} as place
    from {{ ref('country_time_zones') }}
),

unsubscribed as (
    select * from {{ ref('int_unsubscribed_channels') }}
),

permissions as (
    select
        addresses.lead_id,
        addresses.channel,
        addresses.address,
        case
            when leads.is_deleted then 'deleted'
            when leads.is_test then 'test_record'
            when leads.is_opted_out then 'opted_out'
            when unsubscribed.lead_id is not null then 'unsubscribed'
            when bounced.address is not null then 'bounced'
            when not consents.is_given then 'refused'
            when
                consents.is_given is null
                and coalesce(
                    country_rules.is_consent_required,
                    -- a country that nobody knows may be one of those that ask for consent
                    case when leads.country_read <> '' and places.place is null then strictest_rules.is_consent_required end,
                    general_rules.is_consent_required,
                    true
                ) then 'no_consent'
        end as refusal
    from addresses
    inner join leads
        on addresses.lead_id = leads.lead_id
    left join unsubscribed
        on
            addresses.lead_id = unsubscribed.lead_id
            and addresses.channel = unsubscribed.channel
    left join bounced
        on
            addresses.channel = bounced.channel
            and addresses.address = bounced.address
    left join consents
        on
            addresses.lead_id = consents.lead_id
            and addresses.channel = consents.channel
    left join consent_rules as country_rules
        on
            addresses.channel = country_rules.channel
            and leads.country_read = {{ lower_case('country_rules.country') }}
    left join consent_rules as general_rules
        on
            addresses.channel = general_rules.channel
            and general_rules.country is null
    left join strictest_rules
        on addresses.channel = strictest_rules.channel
    left join places
        on leads.country_read = places.place
)

select * from permissions
