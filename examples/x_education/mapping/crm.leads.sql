-- The columns after is_opted_out are not in the contract: they become attributes of the lead.
select
    prospect_id as lead_id,
    created_at() as created_at,
    country,
    lead_source,
    is_opted_out,
    not is_opted_out as may_be_mailed,
    do_not_call,
    city,
    occupation,
    specialization,
    heard_from,
    course_motive,
    wants_interview_guide
from prospects
order by lead_id
