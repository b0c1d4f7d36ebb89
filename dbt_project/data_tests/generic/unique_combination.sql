{# No two rows share the values of the columns. A null counts as a value. Hashes single out what may be shared: half the time. #}
{% test unique_combination(model, columns) %}

with

repeated_hashes as (
    select {{ key_hash(columns) }} as repeated_hash
    from {{ model }}
    group by 1
    having count(*) > 1
)

select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
where {{ key_hash(columns) }} in (select repeated_hash from repeated_hashes)
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
