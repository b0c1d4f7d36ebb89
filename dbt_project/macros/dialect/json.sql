{#
    A join that gives one row for each entry of a JSON object: `alias.key` and `alias.value`.
    The value is read with json_entry_text, null for a JSON null.
#}
{% macro json_entries(column, alias) -%}
    {{ adapter.dispatch('json_entries')(column, alias) }}
{%- endmacro %}

{% macro duckdb__json_entries(column, alias) -%}
    cross join lateral json_each({{ column }}) as {{ alias }}
{%- endmacro %}

{% macro spark__json_entries(column, alias) -%}
    lateral view explode(from_json({{ column }}, 'map<string, string>')) {{ alias }} as key, value
{%- endmacro %}


{% macro json_entry_text(value) -%}
    {{ adapter.dispatch('json_entry_text')(value) }}
{%- endmacro %}

{% macro duckdb__json_entry_text(value) -%} ({{ value }} ->> '$') {%- endmacro %}

{% macro spark__json_entry_text(value) -%} {{ value }} {%- endmacro %}
