-- When the CRM took which grade of a person from us.
with

sent_values as (
    select * from {{ ref('stg_sync__sent_values') }}
    where outcome = 'accepted'
),

mappings as (
    select distinct
        object,
        field
    from {{ ref('field_mappings') }}
    where source_column = 'grade'
),

identities as (
    select * from {{ ref('int_identities') }}
)

select distinct
    identities.lead_id,
    sent_values.value as grade,
    sent_values.sent_at as known_at
from sent_values
semi join mappings
    on
        sent_values.object = mappings.object
        and sent_values.field = mappings.field
inner join identities
    on
        sent_values.object = identities.identifier_type
        and sent_values.record_id = identities.identifier
where sent_values.sent_at <= {{ as_of() }}
