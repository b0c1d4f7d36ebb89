{#
    CTEs, the last of which is `placed_events`: the rows of a CTE of events with the moment by which it is known whose each was.

    Args:
        events: a CTE with source, identifier and occurred_at.
#}
{% macro placed_events(events) -%}
naming_events as (
    select * from {{ ref('int_naming_events') }}
),

naming_moments as (
    select distinct
        source,
        identifier,
        cast(occurred_at as date) as activity_date,
        occurred_at as named_at
    from naming_events
),

-- a device can change hands within a day, but only when it names somebody
naming_periods as (
    select
        *,
        lead(named_at) over (partition by source, identifier, activity_date order by named_at) as next_named_at
    from naming_moments
),

dated_events as (
    select
        *,
        cast(occurred_at as date) as activity_date
    from {{ events }}
),

placed_events as (
    select
        dated_events.*,
        coalesce(naming_periods.named_at, cast(dated_events.activity_date as timestamp)) as owner_known_at
    from dated_events
    left join naming_periods
        on
            dated_events.source = naming_periods.source
            and dated_events.identifier = naming_periods.identifier
            and dated_events.activity_date = naming_periods.activity_date
            and dated_events.occurred_at >= naming_periods.named_at
            and (naming_periods.next_named_at is null or dated_events.occurred_at < naming_periods.next_named_at)
)
{%- endmacro %}
