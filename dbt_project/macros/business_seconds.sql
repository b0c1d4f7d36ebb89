{# Business seconds from the calendar's beginning to an instant, from the row of int_business_days of its local date. #}
{% macro business_seconds(days, instant) -%}
    {{ days }}.seconds_before + least(greatest({{ dbt.datediff(days ~ '.opens_at', instant, 'second') }}, 0), {{ days }}.seconds)
{%- endmacro %}
