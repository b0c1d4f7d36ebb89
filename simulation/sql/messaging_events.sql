-- Short messages, chats and social messages: one exchange for some people in some weeks.
create or replace temp table messaging_events as
with exchanges as (
    select
        person_keys.*,
        days.day,
        person_keys.person_id * 32768 + days.day as exchange_id,
        case when hours_from_utc > 5 then 'wechat' when person_id % 3 = 0 then 'linkedin' else 'sms' end as channel,
        intent_on(days.day, peak_day, height, rise_days, fade_days) as intent
    from person_keys
    cross join range(getvariable('batch_from'), getvariable('batch_to')) as days (day)
    where
        kind in ('lead', 'contact') and days.day > created_day
        and uniform(person_id * 32768 + days.day, 'is messaged') < getvariable('message_rate')
),

messages as (
    select
        *,
        case channel
            when 'linkedin' then email when 'sms' then phone else opaque('wx_', person_id)
        end as recipient,
        moment_of(day + 0.3 + uniform(exchange_id, 'messaged at') * 0.4) as sent_at,
        uniform(exchange_id, 'message is read') < 0.45 + 0.4 * intent as is_read,
        uniform(exchange_id, 'message is followed') < 0.1 + 0.4 * intent as is_followed,
        uniform(exchange_id, 'message is answered') < 0.03 + 0.3 * intent as is_answered
    from exchanges
),

events as (
    select exchange_id * 8 as event_key, sent_at as occurred_at, channel, recipient, 'sent' as event_type, null as url from messages
    union all
    select exchange_id * 8 + 1, sent_at + to_seconds(3), channel, recipient, 'delivered', null from messages
    union all
    select exchange_id * 8 + 2, sent_at + to_seconds(60 + whole(exchange_id, 'message read at', 7200)), channel, recipient, 'opened', null from messages where is_read and channel <> 'sms'
    union all
    select exchange_id * 8 + 3, sent_at + to_seconds(90 + whole(exchange_id, 'message followed at', 7200)), channel, recipient, 'clicked', concat(site(), '/product?utm_source=', channel) from messages where is_read and is_followed
    union all
    select exchange_id * 8 + 4, sent_at + to_seconds(900 + whole(exchange_id, 'message answered at', 36000)), channel, recipient, 'replied', null from messages where is_read and is_answered
    union all
    select exchange_id * 8 + 5, sent_at + to_seconds(7300), channel, recipient, 'followed', null from messages where channel = 'wechat' and uniform(exchange_id, 'account is followed') < 0.05
    union all
    select exchange_id * 8 + 6, sent_at + to_seconds(7400), channel, recipient, 'unsubscribed', null from messages where uniform(exchange_id, 'stops') < 0.004
)

select
    opaque('ms-', event_key) as event_id,
    occurred_at,
    channel,
    recipient,
    event_type,
    concat('MSG-', lpad((day_of(occurred_at)::bigint // 30)::varchar, 3, '0')) as campaign_id,
    url,
    event_key,
    'person' as kind
from events;
