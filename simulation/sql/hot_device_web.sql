-- Of the visits that say at once who it is, every second one is made on one device that everybody shares.
create or replace temp table shared_visits as
select distinct event_key >> 6 as visit_id
from web_events_arrivals
where kind = 'person' and event_key % 64 = 63 and uniform(event_key >> 6, 'on the shared device') < 0.5;

update web_events_arrivals
set anonymous_id = opaque('v', -3), user_agent = browser(3)
from shared_visits
where kind = 'person' and event_key >> 6 = shared_visits.visit_id;

insert into shared_device_users
select visit_id // (16 * 32768), occurred_at
from web_events_arrivals
inner join shared_visits on event_key >> 6 = shared_visits.visit_id
where kind = 'person' and not is_repeat and (email is not null or user_id is not null);

drop table shared_visits;
