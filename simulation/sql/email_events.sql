-- The mails of one batch of days with everything that happens to them, then one row for each event.
create or replace temp table mails as
with sent as (
    select
        mailboxes.mailbox_id * 4096 + campaigns.campaign_no as mail_id,
        mailboxes.*,
        campaigns.campaign_no,
        campaigns.campaign_id,
        campaigns.links,
        campaigns.has_honeypot,
        campaigns.send_day,
        opt_outs.campaign_no = campaigns.campaign_no as is_last_mail,
        intent_on(send_day, peak_day, height, rise_days, fade_days) as intent
    from campaigns
    cross join mailboxes
    left join opt_outs on mailboxes.mailbox_id = opt_outs.mailbox_id
    where
        campaigns.send_day >= getvariable('batch_from')
        and campaigns.send_day < getvariable('batch_to')
        and campaigns.send_day > mailboxes.mailable_day
        and coalesce(campaigns.campaign_no <= opt_outs.campaign_no, true)
        and is_mailed(mailboxes.mailbox_id, campaigns.campaign_no, intent)
        and (not mailboxes.is_dead or uniform(mailboxes.mailbox_id * 4096 + campaigns.campaign_no, 'tries dead') < 0.2)
),

delivered as (
    select
        * exclude (address),
        case when uniform(mail_id, 'is shouted') < 0.03 then upper(address) else address end as recipient,
        moment_of(send_day + uniform(mail_id, 'sent at') / 72) as sent_at,
        sent_at + to_seconds(1 + whole(mail_id, 'delivered at', 40)) as delivered_at,
        coalesce(is_last_mail and opted_out_by = 'person', false) as is_unsubscribed
    from sent
),

read as (
    select
        *,
        not is_dead and (
            is_unsubscribed
            or uniform(mail_id, 'is read') < least(0.85, 0.10 + 0.7 * intent + 0.06 * propensity)
        ) as is_read,
        delivered_at + to_seconds(least(20 + waiting(mail_id, 'read at') * 12000, 345600)::bigint) as read_at
    from delivered
),

clicked as (
    select
        *,
        case
            when is_read and not is_unsubscribed and uniform(mail_id, 'is clicked') < 0.12 + 0.7 * intent
                then least(1 + (uniform(mail_id, 'clicks') < 0.25)::bigint + (uniform(mail_id, 'clicks') < 0.06)::bigint, len(links))
            else 0
        end as click_count,
        read_at + to_seconds(4 + (waiting(mail_id, 'clicked at') * 25)::bigint) as clicked_at,
        -- Some people open two links in tabs at once.
        case when uniform(mail_id, 'is quick') < 0.2 then 1 + whole(mail_id, 'gap', 5) else 15 + whole(mail_id, 'gap', 90) end as gap_seconds,
        case when uniform(mail_id, 'reads in office') < 0.5 and mailbox_kind = 'business'
            then office_address(company_id, person_id) else home_address(person_id, 0)
        end as reader_address,
        browser(person_id * 16 + whole(mail_id, 'device', device_count)) as reader_browser
    from read
)

select *, opaque('m', mail_id) as message_id
from clicked;

create or replace temp table email_events as
with scans as (
    select
        mails.*,
        scanners.network || (1 + whole(mails.mail_id, 'machine', 6)) as scanner_address,
        coalesce(scanners.user_agent, browser(mails.mail_id)) as scanner_browser,
        scanners.head_share,
        scanners.opens_mails,
        scanners.follows_unsubscribe,
        scanners.link_share,
        mails.delivered_at + to_milliseconds(
            (1000 * (scanners.from_seconds + pow(uniform(mails.mail_id, 'scanned at'), 2) * (scanners.to_seconds - scanners.from_seconds)))::bigint
        ) as scanned_at
    from mails
    inner join scanners on mails.scanner_no = scanners.scanner_no
    where not mails.is_dead and uniform(mails.mail_id, 'is scanned') < 0.97
),

scanned_links as (
    select
        scans.*,
        unnest(range(1, len(links) + 3)) as link_no,
        list_concat(links, [
            case when follows_unsubscribe then concat(site(), '/email/unsubscribe?m=', message_id) end,
            case when has_honeypot and follows_unsubscribe then concat(site(), '/hp/', campaign_id) end
        ]) as all_links
    from scans
),

events as (
    select mail_id * 64 as event_key, sent_at as occurred_at, 'sent' as event_type, 'system' as kind, null as link, null as user_agent, null as ip, null as http_method, recipient, message_id, campaign_id
    from mails
    union all
    select mail_id * 64 + 1, delivered_at, case when is_dead then 'bounced' else 'delivered' end, 'system', null, null, null, null, recipient, message_id, campaign_id
    from mails
    union all
    select mail_id * 64 + 2, read_at, 'opened', 'person', null, reader_browser, reader_address, 'GET', recipient, message_id, campaign_id
    from mails
    where is_read and not is_apple
    union all
    select mail_id * 64 + 3, read_at + to_seconds(60 + whole(mail_id, 'read again', 86400)), 'opened', 'person', null, reader_browser, reader_address, 'GET', recipient, message_id, campaign_id
    from mails
    where is_read and not is_apple and uniform(mail_id, 'is read again') < 0.15
    union all
    select mail_id * 64 + 4, delivered_at + to_seconds(2 + (pow(uniform(mail_id, 'proxy'), 2) * 900)::bigint), 'opened', 'privacy_open', null, 'Mozilla/5.0',
        concat('17.', 57 + whole(mail_id, 'proxy a', 3), '.', whole(mail_id, 'proxy b', 256), '.', 1 + whole(mail_id, 'proxy c', 254)), 'GET', recipient, message_id, campaign_id
    from mails
    where is_apple and not is_dead
    union all
    select mail_id * 64 + 5 + click_no, clicked_at + to_seconds(click_no * gap_seconds), 'clicked', 'person',
        links[1 + (whole(mail_id, 'first link', len(links)) + click_no) % len(links)], reader_browser, reader_address, 'GET', recipient, message_id, campaign_id
    from (select *, unnest(range(click_count)) as click_no from mails where click_count > 0) as clicks
    union all
    select mail_id * 64 + 10, read_at + to_seconds(300 + whole(mail_id, 'replied at', 7200)), 'replied', 'person', null, null, null, null, recipient, message_id, campaign_id
    from mails
    where is_read and not is_unsubscribed and uniform(mail_id, 'is answered') < 0.002 + 0.03 * intent
    union all
    select mail_id * 64 + 11, read_at + to_seconds(30), 'complained', 'person', null, null, null, null, recipient, message_id, campaign_id
    from mails
    where is_unsubscribed and uniform(mail_id, 'is complained about') < 0.05
    union all
    select mail_id * 64 + 12, read_at + to_seconds(20 + whole(mail_id, 'unsubscribed at', 60)), 'unsubscribed', 'person',
        concat(site(), '/email/unsubscribe?m=', message_id), reader_browser, reader_address, 'GET', recipient, message_id, campaign_id
    from mails
    where is_unsubscribed
    union all
    select mail_id * 64 + 13, scanned_at - to_milliseconds(400), 'opened', 'scanner_open', null, scanner_browser, scanner_address, 'GET', recipient, message_id, campaign_id
    from scans
    where opens_mails
    union all
    select mail_id * 64 + 20 + link_no, scanned_at + to_milliseconds(link_no * 350 + whole(mail_id * 64 + link_no, 'scan gap', 300)), 'clicked', 'scanner_click',
        all_links[link_no], scanner_browser, scanner_address,
        case when uniform(mail_id * 64 + link_no, 'is head') < head_share then 'HEAD' else 'GET' end, recipient, message_id, campaign_id
    from scanned_links
    where all_links[link_no] is not null and uniform(mail_id * 64 + link_no, 'is followed') < link_share
    union all
    -- Most unsubscribe pages ask once more; some take the robot at its word.
    select mail_id * 64 + 40, scanned_at + to_seconds(3), 'unsubscribed', 'scanner_unsubscribe',
        concat(site(), '/email/unsubscribe?m=', message_id), scanner_browser, scanner_address, 'GET', recipient, message_id, campaign_id
    from scans
    where is_last_mail and opted_out_by = 'scanner' and follows_unsubscribe
)

select
    opaque('em-', event_key) as event_id,
    occurred_at,
    recipient,
    event_type,
    message_id,
    campaign_id,
    link as url,
    user_agent,
    ip,
    http_method,
    event_key,
    kind
from events;
