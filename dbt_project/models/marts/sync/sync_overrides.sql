-- Values that somebody changed in the CRM after we wrote them, and until when they are kept.
with

shown_values as (
    select * from {{ ref('int_crm_shown_values') }}
),

last_sent as (
    select * from {{ ref('int_sync_last_sent') }}
),

mappings as (
    select * from {{ ref('field_mappings') }}
    where
        destination = {{ sync_destination() }}
        and overwrite = 'after_days'
),

compared as (
    select
        last_sent.object,
        last_sent.record_id,
        last_sent.field,
        mappings.keep_days,
        {{ sync_value('last_sent.value') }} as our_value,
        {{ sync_value('shown_values.value') }} as their_value,
        last_sent.sent_at,
        shown_values.changed_at,
        shown_values.is_current
    from last_sent
    inner join mappings
        on
            last_sent.object = mappings.object
            and last_sent.field = mappings.field
    inner join shown_values
        on
            last_sent.object = shown_values.object
            and last_sent.crm_record_id = shown_values.crm_record_id
            and mappings.known_column = shown_values.known_column
),

by_field as (
    select
        object,
        record_id,
        field,
        keep_days,
        max(our_value) as our_value,
        max(case when is_current then their_value end) as their_value,
        max(sent_at) as sent_at,
        min(
            case when changed_at > sent_at and our_value is distinct from their_value then changed_at end
        ) as overridden_at,
        count(their_value) > 0 as is_shown,
        max(case when is_current and changed_at > sent_at then 1 else 0 end) = 1 as is_changed_since
    from compared
    group by object, record_id, field, keep_days
),

overrides as (
    select
        object,
        record_id,
        field,
        our_value,
        their_value,
        sent_at,
        overridden_at,
        {{ dbt.dateadd('day', 'keep_days', 'overridden_at') }} as kept_until
    from by_field
    where
        -- an extract that never shows the field says nothing of it
        is_shown
        and is_changed_since
        and our_value is distinct from their_value
)

select * from overrides
