{# Which file a row of the raw table `relation` is from: the file_id of the register. #}
{% macro raw_row_file(relation) -%}
    regexp_extract({{ relation }}.{{ adapter.dispatch('raw_row_path')() }}, '([^/]+)[.]parquet$', 1)
{%- endmacro %}

{% macro duckdb__raw_row_path() -%} row_file {%- endmacro %}

{% macro spark__raw_row_path() -%} _metadata.file_path {%- endmacro %}


{# The place of a row of the raw table `relation` in its Parquet file, from 0. #}
{% macro raw_row_index(relation) -%}
    {{ relation }}.{{ adapter.dispatch('raw_row_place')() }}
{%- endmacro %}

{% macro duckdb__raw_row_place() -%} file_row_number {%- endmacro %}

{% macro spark__raw_row_place() -%} _metadata.row_index {%- endmacro %}
