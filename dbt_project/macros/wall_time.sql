{# A time of day such as '09:00' on a date. #}
{% macro wall_time(date, time_of_day) -%}
    cast({{ dbt.concat(["cast(" ~ date ~ " as string)", "' '", time_of_day, "':00'"]) }} as timestamp)
{%- endmacro %}

{# Day of the week, 1 is Monday. #}
{% macro weekday(date) -%}
    (({{ dbt.datediff("cast('1970-01-05' as date)", date, 'day') }} % 7 + 7) % 7 + 1)
{%- endmacro %}
