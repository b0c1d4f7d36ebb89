{# Which file a raw row is from: the file_id of the register. #}
{% macro raw_row_file() -%}
    regexp_extract({{ adapter.dispatch('raw_row_path')() }}, '([^/]+)[.]parquet$', 1)
{%- endmacro %}

{% macro duckdb__raw_row_path() -%} row_file {%- endmacro %}

{% macro spark__raw_row_path() -%} _metadata.file_path {%- endmacro %}


{# The place of a raw row in its Parquet file, from 0. #}
{% macro raw_row_index() -%}
    {{ adapter.dispatch('raw_row_index')() }}
{%- endmacro %}

{% macro duckdb__raw_row_index() -%} file_row_number {%- endmacro %}

{% macro spark__raw_row_index() -%} _metadata.row_index {%- endmacro %}
