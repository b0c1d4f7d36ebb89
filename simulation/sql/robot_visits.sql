-- Visits without a person: search engines, monitors, headless browsers, and scanners that run the page of a mail.
create or replace temp table robot_visits as
with hits as (
    select
        days.day * 4194304 + numbers.hit_no as hit_id,
        days.day,
        uniform(days.day * 4194304 + numbers.hit_no // 25, 'robot') as which
    from range(getvariable('batch_from'), getvariable('batch_to')) as days (day)
    cross join range(getvariable('robot_hits_per_day')) as numbers (hit_no)
),

crawls as (
    select
        -(hit_id * 2 + 1) as event_key,
        case
            when which < 0.5 then 'crawler' when which < 0.65 then 'monitor' else 'headless'
        end as kind,
        case kind
            -- A burst: the pages of one robot follow each other within a minute.
            when 'headless' then moment_of(day + uniform(hit_id // 25, 'burst at')) + to_milliseconds((hit_id % 25) * 1400)
            else moment_of(day + uniform(hit_id, 'hit at'))
        end as occurred_at,
        opaque('v', -case kind when 'crawler' then hit_id * 4 + 1 else (hit_id // 25) * 4 + 2 end) as anonymous_id,
        case kind
            when 'monitor' then concat(site(), '/')
            else concat(site(), page_of(pick(['product', 'blog', 'documentation', 'pricing', 'case_study', 'home'], hit_id, 'robot topic'), hit_id))
        end as url,
        case kind
            when 'crawler' then pick([
                'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
                'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
                'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)', 'python-requests/2.32.5'
            ], hit_id, 'crawler')
            when 'monitor' then 'Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)'
            when 'headless' then case when whole(hit_id // 25, 'is disguised', 2) = 0
                then 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36'
                else browser(hit_id // 25)
            end
        end as user_agent,
        case kind
            when 'crawler' then concat('198.19.1.', 1 + whole(hit_id, 'crawler address', 60))
            when 'monitor' then '198.19.2.10'
            else concat('198.19.7.', 1 + whole(hit_id // 25, 'headless address', 200))
        end as ip
    from hits
),

-- One gateway loads the page as a browser would, each time as a new visitor.
scanned_pages as (
    select
        -(mail_id * 2) as event_key,
        'scanner_visit' as kind,
        delivered_at + to_seconds(4 + whole(mail_id, 'page scanned at', 20)) as occurred_at,
        opaque('v', -(mail_id * 4)) as anonymous_id,
        links[1] as url,
        browser(mail_id) as user_agent,
        concat('198.18.4.', 1 + whole(mail_id, 'machine', 6)) as ip
    from mails
    where scanner_no = 4 and not is_dead and uniform(mail_id, 'runs page') < 0.5
)

select *, 'page_view' as event_type, 0 as dwell_seconds from crawls
union all by name
select *, 'page_view' as event_type, 0 as dwell_seconds from scanned_pages;
