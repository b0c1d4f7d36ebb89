-- Without a row in row_limits for its source a raw table joins to nothing; with two, every row counts twice.
{%- set names = [] -%}
{%- for table in raw_tables() if table.source not in names -%}
    {%- do names.append(table.source) -%}
{%- endfor %}

with

judged as (
    {%- for name in names %}
        select '{{ name }}' as source {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    judged.source,
    count(row_limits.source) as limits
from judged
left join {{ ref('row_limits') }} as row_limits
    on judged.source = row_limits.source
group by judged.source
having count(row_limits.source) <> 1
