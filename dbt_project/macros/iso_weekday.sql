{# 1 for Monday to 7 for Sunday; engines number the days of the week in ways of their own. #}
{% macro iso_weekday(day) -%}
    (1 + mod({{ dbt.datediff("cast('1970-01-05' as date)", day, 'day') }}, 7))
{%- endmacro %}
