{# A number of the seed lifecycle_settings, in a query that has a CTE `settings` of it. #}
{% macro lifecycle_setting(name) -%}
    (select cast(max(settings.value) as double) from settings where settings.setting = '{{ name }}')
{%- endmacro %}
