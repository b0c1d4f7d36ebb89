-- What happens to every fourth mail is a robot's instead: each midnight it follows all links of one old mail.
update email_events_arrivals
set
    recipient = bot_mail.email,
    message_id = opaque('m', -1),
    event_type = 'clicked',
    occurred_at = date_trunc('day', occurred_at) + to_milliseconds(whole(event_key, 'follows at', 8000)),
    url = concat(site(), page_of(pick(['product', 'pricing', 'blog', 'documentation'], event_key, 'follows'), event_key)),
    user_agent = browser(1),
    ip = '198.20.0.1',
    http_method = 'HEAD',
    kind = 'scanner_click'
from bot_mail
where uniform(event_key >> 6, 'is of the robot') < 0.26;
