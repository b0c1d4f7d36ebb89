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

{# Spark writes a number with an exponent anew; one that stands without quotes in the object was a number. #}
{% macro spark__json_entries(column, alias) -%}
    lateral view explode(transform_values(
        from_json({{ column }}, 'map<string, string>'),
        (name, entry) -> case
            when regexp_like(entry, '^-?[0-9][.][0-9]+E-?[0-9]+$') and instr({{ column }}, concat('"', entry, '"')) = 0
                then replace({{ number_text('cast(entry as double)') }}, 'e+', 'e')
            else entry
        end
    )) {{ alias }} as key, value
{%- endmacro %}


{% macro json_entry_text(value) -%}
    {{ adapter.dispatch('json_entry_text')(value) }}
{%- endmacro %}

{% macro duckdb__json_entry_text(value) -%} ({{ value }} ->> '$') {%- endmacro %}

{% macro spark__json_entry_text(value) -%} {{ value }} {%- endmacro %}
