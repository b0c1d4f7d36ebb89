{# A folder's schema is its name, not the target schema with a suffix: marts.leads, not main_marts.leads. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
