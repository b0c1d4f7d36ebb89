{# Which file a row of the raw table `relation` is from: the file_id of the register. #}
{% macro raw_row_file(relation) -%}
    regexp_extract({{ relation }}.row_file, '([^/]+)[.]parquet$', 1)
{%- endmacro %}


{# The place of a row of the raw table `relation` in its Parquet file, from 0. #}
{% macro raw_row_index(relation) -%}
    {{ relation }}.file_row_number
{%- endmacro %}
