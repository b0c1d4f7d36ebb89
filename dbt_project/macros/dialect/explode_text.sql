{# In a select list: one row for each part of a text that is split at a delimiter. #}
{% macro explode_text(column, delimiter) -%}
    {{ return(adapter.dispatch('explode_text', 'leadhouse')(column, delimiter)) }}
{%- endmacro %}

{% macro default__explode_text(column, delimiter) -%}
    unnest(string_split({{ column }}, '{{ delimiter }}'))
{%- endmacro %}

{% macro spark__explode_text(column, delimiter) -%}
    explode(split({{ column }}, '[{{ delimiter }}]'))
{%- endmacro %}
