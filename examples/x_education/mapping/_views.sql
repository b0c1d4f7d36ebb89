-- Leads.csv with its blanks made null. Only columns that were known before the outcome are named here:
-- Tags, Lead Quality, Lead Profile, Last Activity, Last Notable Activity and the Asymmetrique columns never are.
create macro known(answer) as nullif(nullif(trim(answer), ''), 'Select');

-- The data has no times. Every lead is created, and does all it did, on one day a month before the as-of time.
create macro created_at() as getvariable('as_of') - interval 30 day;

create view prospects as
select
    known("Prospect ID") as prospect_id,
    known("Lead Origin") as lead_origin,
    nullif(lower(known("Lead Source")), 'testone') as lead_source,
    known("Do Not Email") = 'Yes' as is_opted_out,
    known("Do Not Call") as do_not_call,
    nullif(known("Country"), 'unknown') as country,
    known("City") as city,
    known("What is your current occupation") as occupation,
    known("Specialization") as specialization,
    known("How did you hear about X Education") as heard_from,
    known("What matters most to you in choosing a course") as course_motive,
    known("A free copy of Mastering The Interview") as wants_interview_guide,
    cast(known("TotalVisits") as integer) as visits,
    cast(known("Total Time Spent on Website") as integer) as seconds_on_site
from read_csv(getvariable('data') || '/Leads.csv', header = true, all_varchar = true);
