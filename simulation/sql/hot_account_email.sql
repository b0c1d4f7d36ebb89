-- Every tenth mail goes to somebody of one account, with all that happens to it.
update email_events_arrivals
set recipient = hot_people.email
from hot_people
where
    uniform(event_key >> 6, 'mails the account') < 0.1
    and hot_people.place = whole(event_key >> 6, 'mailed person', hot_people.people);
