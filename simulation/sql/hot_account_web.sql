-- Every tenth visit is one of somebody of one account, on a device of theirs that says so.
update web_events_arrivals
set
    anonymous_id = opaque('v', hot_people.device_key),
    email = case when coalesce(web_events_arrivals.email, web_events_arrivals.user_id) is not null then hot_people.email end,
    user_id = null
from hot_people
where
    kind = 'person'
    and uniform(event_key >> 6, 'visits for the account') < 0.1
    and hot_people.place = whole(event_key >> 6, 'visiting person', hot_people.people);
