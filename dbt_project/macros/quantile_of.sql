{# The smallest value that at least a share of the rows do not exceed; `place` is the row's cume_dist. #}
{% macro quantile_of(value, place, share) -%}
    min(case when {{ place }} >= {{ share }} then {{ value }} end)
{%- endmacro %}
