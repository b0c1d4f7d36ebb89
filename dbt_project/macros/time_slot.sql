{# The number of a slot of some seconds since 1970: two times less than a slot apart are in the same or in adjacent slots. #}
{% macro time_slot(moment, seconds) -%}
    cast(floor(cast({{ dbt.datediff("cast('1970-01-01 00:00:00' as timestamp)", moment, 'second') }} as double) / {{ seconds }}) as bigint)
{%- endmacro %}

{# The body of a CTE `neighbours`: how far the slots lie, in which something less than a slot away happened. #}
{% macro neighbouring_slots() -%}
    {%- for distance in [-1, 0, 1] %}
    select {{ distance }} as distance
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
