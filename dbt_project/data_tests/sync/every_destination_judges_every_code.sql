-- A code that nobody foresaw must end somehow: each destination says what any other code (`*`) means, and how to behave.
with

mapped as (
    select distinct destination from {{ ref('field_mappings') }}
),

policies as (
    select * from {{ ref('sync_policies') }}
),

any_codes as (
    select * from {{ ref('sync_error_codes') }}
    where code = '*'
)

select mapped.destination
from mapped
left join policies
    on mapped.destination = policies.destination
left join any_codes
    on mapped.destination = any_codes.destination
where
    policies.destination is null
    or any_codes.verdict is null
