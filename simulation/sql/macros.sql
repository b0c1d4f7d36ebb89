-- Chance is a hash of (seed, id, salt): the same whatever the order of rows and the number of threads.
create or replace macro uniform(id, salt) as
    (hash(hash(id, salt, getvariable('seed'))) >> 11) / 9007199254740992.0;
create or replace macro whole(id, salt, size) as floor(uniform(id, salt) * size)::bigint;
create or replace macro pick(choices, id, salt) as choices[1 + whole(id, salt, len(choices))];
create or replace macro bell(id, salt) as
    (uniform(id, salt || '1') + uniform(id, salt || '2') + uniform(id, salt || '3') - 1.5) * 2;
create or replace macro waiting(id, salt) as -ln(1 - uniform(id, salt));
create or replace macro logistic(x) as 1 / (1 + exp(-(x)));

-- Days are counted from the start of the history; they may be negative and have a fraction.
create or replace macro moment_of(day) as
    getvariable('start_at') + to_seconds((day * 86400)::bigint);
create or replace macro day_of(moment) as epoch(moment - getvariable('start_at')) / 86400.0;

-- Interest rises towards a peak and fades after it.
create or replace macro intent_on(day, peak_day, height, rise_days, fade_days) as
    height * exp(-case when day <= peak_day then (peak_day - day) / rise_days else (day - peak_day) / fade_days end);

-- hash() of one 64-bit number is one to one, so names made from different keys never meet.
create or replace macro opaque(prefix, number) as prefix || lower(to_hex(hash(number::bigint)));
create or replace macro record_id(prefix, number) as prefix || lpad(number::varchar, 12, '0');

create or replace macro site() as 'https://www.kestrelworks.example';
create or replace macro office_address(company_id, person_id) as
    concat('10.', company_id % 250, '.', company_id // 250 % 250, '.', 10 + person_id % 200);
create or replace macro home_address(person_id, slot) as concat(
    '100.', 64 + whole(person_id * 16 + slot, 'home a', 60), '.',
    whole(person_id * 16 + slot, 'home b', 256), '.', 1 + whole(person_id * 16 + slot, 'home c', 254)
);

create or replace macro browser(id) as pick([
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0',
    'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0'
], id, 'browser');

-- Paths fit the content topics that scoring knows; the last two branches fit none.
create or replace macro page_of(topic, id) as case topic
    when 'product' then pick([
        '/product', '/product/scoring', '/product/routing', '/product/forecasts', '/features/integrations',
        '/features/security', '/solutions/software', '/solutions/manufacturing'
    ], id, 'product page')
    when 'pricing' then pick(['/pricing', '/pricing/enterprise', '/pricing/calculator'], id, 'pricing page')
    when 'demo' then pick(['/demo', '/demo/request', '/contact'], id, 'demo page')
    when 'case_study' then pick(['/case-studies/brightforge', '/case-study/ironvale', '/customers'], id, 'case page')
    when 'documentation' then pick(['/docs', '/docs/api', '/docs/getting-started', '/docs/limits'], id, 'docs page')
    when 'resources' then pick(['/resources/buyers-guide', '/resources/roi-worksheet', '/resources'], id, 'resource page')
    when 'webinar' then pick(['/webinars/grading-leads', '/webinars/sales-and-marketing'], id, 'webinar page')
    when 'blog' then concat('/blog/', pick(['what-is-lead-scoring', 'mql-or-sql', 'five-mistakes', 'clean-data', 'benchmarks'], id, 'blog page'))
    when 'careers' then pick(['/careers', '/careers/engineering', '/jobs/account-executive'], id, 'careers page')
    when 'company' then pick(['/about', '/about/team'], id, 'company page')
    when 'legal' then '/imprint'
    else '/'
end;
