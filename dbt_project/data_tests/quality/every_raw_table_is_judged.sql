-- A raw table was added with its staging, but not to raw_tables(): its quarantine was written and shown nowhere.
{%- set declared = [] -%}
{%- if execute -%}
    {%- for node in graph.sources.values() if node.source_name != 'landing' -%}
        {%- do declared.append(node.source_name ~ '.' ~ node.name) -%}
    {%- endfor -%}
{%- endif -%}
{%- set judged = [] -%}
{%- for table in raw_tables() -%}
    {%- do judged.append(table.source ~ '.' ~ table.name) -%}
{%- endfor %}

with

declared as (
    {%- for name in declared %}
    select '{{ name }}' as raw_table {{ 'union all' if not loop.last }}
    {%- else %}
    select 'no source at all' as raw_table
    {%- endfor %}
),

judged as (
    {%- for name in judged %}
    select '{{ name }}' as raw_table {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select declared.raw_table as only_declared, judged.raw_table as only_judged
from declared
full outer join judged
    on declared.raw_table = judged.raw_table
where declared.raw_table is null or judged.raw_table is null
