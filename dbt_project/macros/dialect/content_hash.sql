{# One text for all rows of a relation: the same rows in any order give the same, other rows nearly always another. #}
{% macro content_hash(relation) -%}
    {{- return(adapter.dispatch('content_hash')(relation)) -}}
{%- endmacro %}

{% macro duckdb__content_hash(relation) -%}
    {%- set row = run_query('select count(*), sum(hash(each_row)) from ' ~ relation ~ ' as each_row').rows[0] -%}
    {{- return(row[0] | string ~ ' ' ~ row[1]) -}}
{%- endmacro %}

{# Where no versions are kept, nobody asks. #}
{% macro default__content_hash(relation) %}{% endmacro %}


{# An aggregate: one text for the rows of a group, in any order. #}
{% macro fingerprint_of_rows(columns) -%}
    {{- return(adapter.dispatch('fingerprint_of_rows')(columns)) -}}
{%- endmacro %}

{% macro duckdb__fingerprint_of_rows(columns) -%} cast(sum(hash({{ columns | join(', ') }})) as string) {%- endmacro %}

{% macro spark__fingerprint_of_rows(columns) -%}
    cast(sum(cast(xxhash64({{ columns | join(', ') }}) as decimal(38, 0))) as string)
{%- endmacro %}
