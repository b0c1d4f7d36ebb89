{# The value of a column in the best-ranked row that has one. #}
{% macro best_known(column, rank) -%}
    min_by({{ column }}, {{ rank }}) filter (where {{ column }} is not null) as {{ column }}
{%- endmacro %}
