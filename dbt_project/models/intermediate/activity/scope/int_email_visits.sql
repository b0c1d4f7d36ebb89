-- Clicks and unsubscribes, with the mail and the link that was followed.
with

email_events as (
    select * from {{ events_to_take('int_mail_visits', 'int_events_to_judge') }}
    where
        source = 'email'
        and event_type in ('clicked', 'unsubscribed')
),

visits as (
    select
        event_id,
        occurred_at,
        {{ dbt.datediff("cast('1970-01-01 00:00:00' as timestamp)", 'occurred_at', 'second') }} as visited_second,
        identifier as recipient,
        message_id,
        ip,
        coalesce({{ url_path('url') }}, event_type) as link
    from email_events
)

select * from visits
