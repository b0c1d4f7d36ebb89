select people.lead_id, people.grade, people.score, leads.as_of
from {{ ref('stg_people') }} as people
inner join {{ ref('leads') }} as leads on people.lead_id = leads.lead_id
