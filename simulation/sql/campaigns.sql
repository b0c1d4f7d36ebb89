-- What is mailed when, who opts out of which mail, and the gateways that read along.
create or replace table campaigns as
with numbered as (
    select
        campaign_no,
        (campaign_no - 0.5) * getvariable('days') / getvariable('campaigns') as even_day,
        pick(['newsletter', 'newsletter', 'product_news', 'webinar_invitation', 'case_study', 'offer'], campaign_no, 'campaign kind') as kind
    from range(1, getvariable('campaigns') + 1) as numbers (campaign_no)
)

select
    campaign_no,
    kind,
    concat('CMP-', lpad(campaign_no::varchar, 5, '0')) as campaign_id,
    least(floor(even_day), getvariable('days') - 1) + (7 + 9 * uniform(campaign_no, 'hour')) / 24 as send_day,
    uniform(campaign_no, 'has honeypot') < 0.7 as has_honeypot,
    list_transform(
        case kind
            when 'newsletter' then ['blog', 'blog', 'product', 'case_study', 'company']
            when 'product_news' then ['product', 'product', 'documentation', 'pricing']
            when 'webinar_invitation' then ['webinar', 'webinar', 'blog']
            when 'case_study' then ['case_study', 'product', 'resources']
            else ['pricing', 'demo', 'product']
        end,
        lambda topic, place: concat(
            site(), page_of(topic, campaign_no * 10 + place),
            '?utm_source=', kind, '&utm_medium=email&utm_campaign=', campaign_id, '&utm_content=link', place
        )
    ) as links
from numbered;

-- Whoever shows interest is mailed more often.
create or replace macro is_mailed(mailbox_id, campaign_no, intent) as
    uniform(mailbox_id * 4096 + campaign_no, 'audience') < getvariable('audience') * (0.7 + 3.0 * intent);

-- The first mail of those who opt out that follows the day on which they have had enough.
create or replace table opt_outs as
select mailboxes.mailbox_id, mailboxes.person_id, min(campaigns.campaign_no) as campaign_no, min(campaigns.send_day) as opted_out_day
from mailboxes
cross join campaigns
where
    mailboxes.opted_out_by is not null
    and not mailboxes.is_dead
    and campaigns.send_day > mailboxes.mailable_day
    and campaigns.send_day > uniform(mailboxes.mailbox_id, 'had enough on') * getvariable('days')
    and is_mailed(
        mailboxes.mailbox_id, campaigns.campaign_no, intent_on(send_day, peak_day, height, rise_days, fade_days)
    )
group by mailboxes.mailbox_id, mailboxes.person_id;

-- Security gateways. The first three work from known networks; the others hide.
create or replace table scanners as
select *
from (
    values
    (1, '192.0.2.', 'Mozilla/5.0 (compatible; MimecastScanner/2.1)', 0.3, 1.0, 6.0, 1.0, true, true),
    (2, '198.51.100.', null, 0.0, 1.0, 12.0, 1.0, true, true),
    (3, '203.0.113.', 'BarracudaSentinel/1.0 (EE)', 1.0, 0.5, 4.0, 1.0, false, true),
    (4, '198.18.4.', null, 0.0, 2.0, 25.0, 1.0, true, true),
    (5, '198.18.9.', null, 0.6, 30.0, 600.0, 0.7, false, false),
    (6, '198.18.77.', null, 0.0, 3.0, 40.0, 0.5, false, false)
) as known (scanner_no, network, user_agent, head_share, from_seconds, to_seconds, link_share, opens_mails, follows_unsubscribe);
