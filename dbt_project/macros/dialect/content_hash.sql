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
