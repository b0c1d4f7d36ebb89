{% macro hours_in_seconds(hours) -%} 3600 * {{ hours }} {%- endmacro %}
