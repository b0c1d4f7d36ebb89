{# Hints that change how fast a query runs, never what it returns. #}

{# After `as` of a CTE: read it again rather than keep a copy of all its columns in memory. #}
{% macro not_kept() -%}
    {{ adapter.dispatch('not_kept')() }}
{%- endmacro %}

{% macro duckdb__not_kept() -%} not materialized {%- endmacro %}

{% macro spark__not_kept() -%} {%- endmacro %}


{# A short number for a key: equal keys have equal hashes, different keys nearly always different ones. #}
{% macro key_hash(columns) -%}
    {{ adapter.dispatch('key_hash')(columns) }}
{%- endmacro %}

{% macro duckdb__key_hash(columns) -%} hash({{ columns | join(', ') }}) {%- endmacro %}

{% macro spark__key_hash(columns) -%} xxhash64({{ columns | join(', ') }}) {%- endmacro %}
